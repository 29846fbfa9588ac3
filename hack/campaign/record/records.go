// SPDX-License-Identifier: Apache-2.0

// Package record holds what was seen of a campaign, and notes what objects became.
package record

import (
	"net/http"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/campaign/plan"
)

// Records are what was seen of a campaign. The checks know nothing else.
type Records struct {
	Answers       []Answer
	Notifications []Notification
	Recordings    []agorasim.Recording
	Histories     []History
	// Schedules are the versions of all schedules, in their order.
	Schedules []ScheduleVersion
	Releases  []Release
	Processes []Process
	// Leases are the writes of leases that took effect, in their order.
	Leases []LeaseWrite
	// Troubles are the times in which writing to the API server was disturbed.
	Troubles []Span
	// Unwritable are those in which the status of one object could not be written.
	Unwritable []OfObject
	// Deadlines are until when stops were to be asked for, and Outgrown are the objects
	// whose statuses were too large for the API server, as often as it found that.
	Deadlines []Deadline
	Outgrown  []plan.Object
	Accounts  []plan.Account
	// Stalls are the times in which this process did not get to run.
	Stalls []Span
	// Texts is where secrets must not stand.
	Texts []Text
	// Secrets are all that there ever were, and what each is.
	Secrets map[string]string
	// Certificates are the App Certificates that ever stood in a Secret.
	Certificates []string
	// Settled is how the objects were once nothing disturbed any more, Final how
	// they were after a person had done what they asked for, which Mended says.
	Settled, Final []Standing
	Mended         map[plan.Object][]string
	// Quiet is what ran at Agora before a person did anything.
	Quiet Snapshot
	// NamespaceLeft says why the deleted namespace did not go; nil if it did.
	NamespaceLeft error
	// JournalLeft counts the ConfigMaps with notifications left in the end.
	JournalLeft int
}

// Span is a time between two others.
type Span struct{ Begin, End time.Time }

// OfObject is a time of an object's.
type OfObject struct {
	Object plan.Object
	Span
}

// Deadline is until when a stop was to be asked of Agora.
type Deadline struct {
	Object plan.Object
	SID    string
	Wanted time.Time
	Within time.Duration
	// Despite is what must not hold it up, in words.
	Despite string
}

// Snapshot is what the recordings at Agora were at a moment.
type Snapshot struct {
	At         time.Time
	Recordings []agorasim.Recording
}

// Answer is what Agora said to a request of the operator.
type Answer struct {
	Process int // of the operator that asked
	Method  string
	SID     string
	// ResourceID and AppID stand in the path, and CName and UID in the body, where there is
	// one.
	ResourceID, AppID, CName, UID string
	// Token is the one that a start brings.
	Token string
	// Account is empty where the credentials were not valid.
	Account           string
	Arrived, Answered time.Time
	Status            int
	Body              []byte
	// Whole says that the answer was sent to its end.
	Whole bool
}

// Notification is a notification, and what the operator answered.
type Notification struct {
	EventType int
	SID       string
	Body      []byte
	// Signed says that Agora signed it.
	Signed   bool
	Arrived  time.Time
	Answered time.Time
	Status   int
}

// IsAccepted says whether it came from Agora, and the operator has taken it.
func (n Notification) IsAccepted() bool { return n.Signed && n.Status == http.StatusOK }

// Process is an operator that ran.
type Process struct {
	Number int
	// Log is the path of its log.
	Log string
	// End says how it ended, and ended when, if it has.
	End   Ending
	Ended time.Time
	// Frozen are the times in which it was paused.
	Frozen []Span
}

// LeaseWrite is that a process took or renewed a lease, or released it.
type LeaseWrite struct {
	Process int
	// Lease is the name of the lease.
	Lease  string
	IsHeld bool
	// At is when the API server had answered.
	At time.Time
}

// Ending is how an operator ended.
type Ending string

// How operators end.
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

// Clock writes a time such that it is found in the logs.
func Clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }
