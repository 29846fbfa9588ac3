// SPDX-License-Identifier: Apache-2.0

// Package record collects what was observed in a campaign.
package record

import (
	"net/http"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/campaign/plan"
)

// Records are everything that was observed in a campaign. The checks have no other input.
type Records struct {
	Answers       []Answer
	Notifications []Notification
	Recordings    []agorasim.Recording
	Histories     []History
	// Schedules are the versions of all schedules, in order.
	Schedules []ScheduleVersion
	Releases  []Release
	Processes []Process
	// Leases are the writes of leases that took effect, in order.
	Leases []LeaseWrite
	// Troubles are the times during which writes to the API server were disturbed.
	Troubles []Span
	// Unwritable are the times during which the status of a single object could not be written.
	Unwritable []OfObject
	// Deadlines are the times by which stops had to be requested. Outgrown are the objects
	// whose statuses were too large for the API server, once for each refused write.
	Deadlines []Deadline
	Outgrown  []plan.Object
	Accounts  []plan.Account
	// Stalls are the times during which this process did not get to run.
	Stalls []Span
	// Texts are the texts that must not contain secrets.
	Texts []Text
	// Secrets are all secrets that ever existed, with a description of each.
	Secrets map[string]string
	// Certificates are all App Certificates that were ever in a Secret.
	Certificates []string
	// Settled is the state of the objects once all disturbances had ended. Final is their state
	// after a person had done what they asked for. Mended lists what the person did.
	Settled, Final []Standing
	Mended         map[plan.Object][]string
	// Quiet is what ran at Agora before a person did anything.
	Quiet Snapshot
	// NamespaceLeft is why the deleted namespace remained, or nil if it is gone.
	NamespaceLeft error
	// JournalLeft is the number of ConfigMaps with notifications that remained in the end.
	JournalLeft int
}

// Span is a period of time.
type Span struct{ Begin, End time.Time }

// OfObject is a period of time that concerns one object.
type OfObject struct {
	Object plan.Object
	Span
}

// Deadline is the time by which Agora had to be asked for a stop.
type Deadline struct {
	Object plan.Object
	SID    string
	Wanted time.Time
	Within time.Duration
	// Despite describes the failure that must not delay the stop.
	Despite string
}

// Snapshot is the state of the recordings at Agora at a moment.
type Snapshot struct {
	At         time.Time
	Recordings []agorasim.Recording
}

// Answer is a request of the operator with Agora's answer.
type Answer struct {
	Process int // the operator process that sent the request
	Method  string
	SID     string
	// ResourceID and AppID are from the path, and CName and UID from the body, if there is one.
	ResourceID, AppID, CName, UID string
	// Token is the token in a start request.
	Token string
	// Account is empty if the credentials were invalid.
	Account           string
	Arrived, Answered time.Time
	Status            int
	Body              []byte
	// Whole means that the answer was sent to its end.
	Whole bool
}

// Notification is a notification with the operator's answer.
type Notification struct {
	EventType int
	SID       string
	Body      []byte
	// Signed means that Agora signed it.
	Signed   bool
	Arrived  time.Time
	Answered time.Time
	Status   int
}

// IsAccepted reports whether the notification came from Agora and the operator accepted it.
func (n Notification) IsAccepted() bool { return n.Signed && n.Status == http.StatusOK }

// Process is an operator process.
type Process struct {
	Number int
	// Log is the path of its log.
	Log string
	// End is how the process ended, and Ended is when. Both are zero while it runs.
	End   Ending
	Ended time.Time
	// Frozen are the times during which the process was paused.
	Frozen []Span
}

// LeaseWrite is the acquisition, renewal, or release of a lease by a process.
type LeaseWrite struct {
	Process int
	// Lease is the name of the lease.
	Lease  string
	IsHeld bool
	// At is when the API server had answered.
	At time.Time
}

// Ending is how an operator process ended.
type Ending string

// The ways in which operator processes end.
const (
	EndKilled     Ending = "killed"
	EndTerminated Ending = "terminated"
	EndByItself   Ending = "ended by itself"
)

// Text is something that people or programs read.
type Text struct {
	Where   string
	Content []byte
}

// Clock formats a time as in the logs, so that it can be searched for.
func Clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }
