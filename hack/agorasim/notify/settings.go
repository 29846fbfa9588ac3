// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"maps"
	"net/url"
	"slices"
)

// Receiver is where notifications are sent, and the secret that signs them.
type Receiver struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// Settings say which notifications are sent, and where. Without a URL
// none are. Their map and list must not change.
type Settings struct {
	Receiver
	// EventTypes are those that the receivers want; all if empty.
	EventTypes []int `json:"eventTypes,omitempty"`
	// AppIDs have receivers of their own.
	AppIDs map[string]Receiver `json:"appIds,omitempty"`
}

// Validate says what is wrong with them.
func (n Settings) Validate() error {
	for _, number := range n.EventTypes {
		if err := CheckEventType(number); err != nil {
			return err
		}
	}
	receivers := slices.Collect(maps.Values(n.AppIDs))
	for _, receiver := range append(receivers, n.Receiver) {
		if err := receiver.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (r Receiver) validate() error {
	if r.URL == "" {
		return nil
	}
	parsed, err := url.Parse(r.URL)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return errors.New("the URL of a receiver of notifications must be one with http or https and a host")
	}
	return nil
}

// HasReceivers says whether anybody receives notifications.
func (n Settings) HasReceivers() bool {
	for _, receiver := range n.AppIDs {
		if receiver.URL != "" {
			return true
		}
	}
	return n.URL != ""
}

// HasReceiver says whether somebody receives those of an App ID.
func (n Settings) HasReceiver(appID string) bool { return n.ReceiverOf(appID).URL != "" }

// ReceiverOf returns who receives those of an App ID.
func (n Settings) ReceiverOf(appID string) Receiver {
	if receiver, ok := n.AppIDs[appID]; ok {
		return receiver
	}
	return n.Receiver
}

// Wants says whether receivers want a type of event.
func (n Settings) Wants(eventType int) bool {
	return len(n.EventTypes) == 0 || slices.Contains(n.EventTypes, eventType)
}
