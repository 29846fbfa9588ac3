// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"maps"
	"net/url"
	"slices"
)

// Receiver is the URL that notifications are sent to, with the secret that signs them.
type Receiver struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// Settings select which notifications are sent, and where they are sent. Without a URL,
// none are sent. The map and the list must not change.
type Settings struct {
	Receiver
	// EventTypes are the types that the receivers want. If it is empty, they want all.
	EventTypes []int `json:"eventTypes,omitempty"`
	// AppIDs are the receivers of particular App IDs.
	AppIDs map[string]Receiver `json:"appIds,omitempty"`
}

// Validate returns an error if the settings are invalid.
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

// HasReceivers reports whether there is any receiver.
func (n Settings) HasReceivers() bool {
	for _, receiver := range n.AppIDs {
		if receiver.URL != "" {
			return true
		}
	}
	return n.URL != ""
}

// HasReceiver reports whether there is a receiver for an App ID.
func (n Settings) HasReceiver(appID string) bool { return n.ReceiverOf(appID).URL != "" }

// ReceiverOf returns the receiver for an App ID.
func (n Settings) ReceiverOf(appID string) Receiver {
	if receiver, ok := n.AppIDs[appID]; ok {
		return receiver
	}
	return n.Receiver
}

// Wants reports whether receivers want an event type.
func (n Settings) Wants(eventType int) bool {
	return len(n.EventTypes) == 0 || slices.Contains(n.EventTypes, eventType)
}
