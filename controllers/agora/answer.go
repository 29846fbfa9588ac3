// SPDX-License-Identifier: Apache-2.0

package agora

import "time"

// Answer is the outcome of a call.
type Answer struct {
	// Method is the method that was called.
	Method Method

	// Conclusion is what the answer means.
	Conclusion Conclusion

	// HTTPStatus is the status of the answer, or the status in its body if the answer is
	// wrapped. It is zero if there was no answer.
	HTTPStatus int

	// Code is Agora's code in the body. It is zero if there was none.
	Code int32

	// Reason is the text from Agora or the network. The same cause always gives the same
	// text.
	Reason string

	// RequestID is Agora's ID of the request. Agora's support asks for it.
	RequestID string

	// RetryAfter is how long Agora asks the caller to wait. It is zero if Agora does not
	// ask.
	RetryAfter time.Duration

	// ResourceID is the ID that acquire returned. It is empty if there was none.
	ResourceID string

	// SID is the ID of the recording that start began. It is empty if the answer does not
	// contain it.
	SID string

	// Report is what the answer says about the recording.
	Report Report

	// Err is the cause if no complete answer arrived. It names addresses that change from
	// call to call, so it is for logs only.
	Err error
}

// Presence is what Agora says about a recorder. Its zero value is PresenceUnknown, so
// that a failed query is never mistaken for a missing recorder.
type Presence int

const (
	// PresenceUnknown means that Agora did not say.
	PresenceUnknown Presence = iota

	// PresenceRunning means that the recorder is running.
	PresenceRunning

	// PresenceGone means that the recorder has exited, or that Agora cannot find it.
	PresenceGone
)

// Values of serviceStatus. The recorder is running from statusInitialised to
// statusInProgress. The last three mean that it has ended. The value in between, 6, means
// that a stop was requested.
const (
	statusInitialised    = 1
	statusInProgress     = 5
	statusStopped        = 7
	statusExited         = 8
	statusAbnormallyDone = 20
)

// Presence returns the state of the recorder according to the answer.
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

// IsUnexpected reports whether Agora refused the request with an answer whose meaning is
// unknown. Server errors and missing answers do not count, because they are expected to
// pass.
func (a Answer) IsUnexpected() bool {
	return a.Conclusion == NotKnown && a.HTTPStatus >= httpBadRequest && a.HTTPStatus < httpServerError
}
