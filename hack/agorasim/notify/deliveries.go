// SPDX-License-Identifier: Apache-2.0

package notify

import "time"

// DeliveryState is the state of a notification's delivery.
type DeliveryState string

// The states of a delivery.
const (
	// DeliveryPending means that the delivery is in progress, or held back by a fault.
	DeliveryPending DeliveryState = "pending"
	// DeliveryDone means that it was answered with 200.
	DeliveryDone DeliveryState = "delivered"
	// DeliveryGivenUp means that it was never answered with 200.
	DeliveryGivenUp DeliveryState = "given-up"
	// DeliveryLost means that it was not sent because of a fault.
	DeliveryLost DeliveryState = "lost"
)

// Delivery is an entry in the log of notifications. It never contains a secret.
type Delivery struct {
	// Number is the number of the notification, starting at 1.
	Number int `json:"number"`
	// The following members are those of the notification.
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
	// State is the state of the delivery.
	State DeliveryState `json:"state"`
	// Fault is the ID of the fault that struck the notification.
	Fault string `json:"fault,omitempty"`
	// Attempts are the requests that were sent.
	Attempts []Attempt `json:"attempts"`
}

// Attempt is one request to deliver a notification.
type Attempt struct {
	// NotifyMs is the request's notifyMs, in simulated time.
	NotifyMs int64 `json:"notifyMs"`
	// Status is the HTTP status of the answer, or 0 if there was none.
	Status int `json:"status"`
	// Problem is why there was no answer.
	Problem string `json:"problem,omitempty"`
}
