// SPDX-License-Identifier: Apache-2.0

package notify

import "time"

// DeliveryState is how far the delivery of a notification has come.
type DeliveryState string

// The states of a delivery.
const (
	// DeliveryPending is under way, or held back by a fault.
	DeliveryPending DeliveryState = "pending"
	// DeliveryDone was answered with 200.
	DeliveryDone DeliveryState = "delivered"
	// DeliveryGivenUp was never answered with 200.
	DeliveryGivenUp DeliveryState = "given-up"
	// DeliveryLost was never sent, because of a fault.
	DeliveryLost DeliveryState = "lost"
)

// Delivery is an entry of the log of notifications. It never holds a secret.
type Delivery struct {
	// Number counts the notifications from 1.
	Number int `json:"number"`
	// The rest is as in the notification.
	NoticeID  string `json:"noticeId"`
	EventType int    `json:"eventType"`
	MsgName   string `json:"msgName"`
	AppID     string `json:"appId"`
	CName     string `json:"cname"`
	UID       string `json:"uid"`
	SID       string `json:"sid"`
	Sequence  int64  `json:"sequence"`
	// EventTime is the simulated time of the event.
	EventTime time.Time `json:"eventTime"`
	// State is how far the delivery has come.
	State DeliveryState `json:"state"`
	// Fault is the ID of the fault that struck the notification.
	Fault string `json:"fault,omitempty"`
	// Attempts are the requests that were made.
	Attempts []Attempt `json:"attempts"`
}

// Attempt is a request that delivers a notification.
type Attempt struct {
	// NotifyMs is the member of the same name: the simulated time.
	NotifyMs int64 `json:"notifyMs"`
	// Status is the HTTP status answered; 0 without an answer.
	Status int `json:"status"`
	// Problem says why there was no answer.
	Problem string `json:"problem,omitempty"`
}
