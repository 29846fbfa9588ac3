// SPDX-License-Identifier: Apache-2.0

package agora

import "time"

// Answer is what came of a call.
type Answer struct {
	// Method is the method that was called.
	Method Method

	// Conclusion is what the answer means.
	Conclusion Conclusion

	// HTTPStatus is the status of the answer, or the one that its body states where an
	// answer is wrapped in it; zero if there was none.
	HTTPStatus int

	// Code is Agora's code in the body; zero if there was none.
	Code int32

	// Reason is what Agora or the network said, in words that are the same for
	// the same cause.
	Reason string

	// RequestID is Agora's ID of the request, which its support asks for.
	RequestID string

	// RetryAfter is how long Agora asks to wait; zero if it does not.
	RetryAfter time.Duration

	// ResourceID is what acquire gave out; empty if it did not.
	ResourceID string

	// SID is the ID of the recording that start began; empty if the answer does
	// not say it.
	SID string

	// Report is what the answer says of the recording.
	Report Report

	// Err is the cause where no complete answer arrived. It names addresses
	// that change from call to call, and is for logs only.
	Err error
}

// Presence is what Agora says of a recorder. Its zero value is
// PresenceUnknown: "could not look" can never be taken for "not there".
type Presence int

const (
	// PresenceUnknown means that Agora did not say.
	PresenceUnknown Presence = iota

	// PresenceRunning means that the recorder is at work.
	PresenceRunning

	// PresenceGone means that the recorder has exited, or that Agora finds none.
	PresenceGone
)

// The numbers of serviceStatus from which a recorder is at work, and those for
// one that has ended. Between them, 6, lies a stop that was requested.
const (
	statusInitialised    = 1
	statusInProgress     = 5
	statusStopped        = 7
	statusExited         = 8
	statusAbnormallyDone = 20
)

// Presence returns what the answer says of the recorder.
func (a Answer) Presence() Presence {
	if a.Conclusion == NotFound {
		return PresenceGone
	}
	if a.Method != MethodQuery || a.Conclusion != Succeeded || a.Report.ServiceStatus == nil {
		return PresenceUnknown
	}
	switch status := *a.Report.ServiceStatus; {
	case status >= statusInitialised && status <= statusInProgress:
		return PresenceRunning
	case status == statusStopped, status == statusExited, status == statusAbnormallyDone:
		return PresenceGone
	default:
		return PresenceUnknown
	}
}

// IsUnexpected says whether a request was refused by an answer of which nobody knows what
// it means. One of a server that failed, or none, is expected to pass.
func (a Answer) IsUnexpected() bool {
	return a.Conclusion == NotKnown && a.HTTPStatus >= httpBadRequest && a.HTTPStatus < httpServerError
}
