// SPDX-License-Identifier: Apache-2.0

package receiver

import "net/http"

// Result is what became of a notification.
type Result string

// What can become of a notification. Agora sends it again unless the answer is 200.
const (
	// Accepted means that its event is in the journal.
	Accepted Result = "accepted"

	// Duplicate means that its event was accepted before.
	Duplicate Result = "duplicate"

	// UnknownSID means that no recording has its sid.
	UnknownSID Result = "unknown_sid"

	// HealthCheck means that the console tried the receiver.
	HealthCheck Result = "health_check"

	// NothingToLearn means that no status can learn anything from its type.
	NothingToLearn Result = "nothing_to_learn"

	// Forged means that its signature is none of any recording with its sid.
	Forged Result = "forged"

	// Unsigned means that it has no signature and needs one.
	Unsigned Result = "unsigned"

	// Malformed means that it is no notification of Agora's.
	Malformed Result = "malformed"

	// TooLarge means that it has more bytes than any notification of Agora's.
	TooLarge Result = "too_large"

	// WrongMethod means that it did not come by POST.
	WrongMethod Result = "wrong_method"

	// WrongContentType means that it does not say that it is JSON.
	WrongContentType Result = "wrong_content_type"

	// Busy means that too many came at once, or too many about recordings of which
	// this replica has not heard.
	Busy Result = "busy"

	// Overdrawn means that too many events of its recording, or of its namespace, wait
	// to be recorded.
	Overdrawn Result = "overdrawn"

	// Unavailable means that its event could not be written.
	Unavailable Result = "unavailable"

	// TooEarly means that it may be about a recording that is being started, whose
	// sid is not known yet.
	TooEarly Result = "too_early"
)

// status returns the HTTP status of the answer.
func (r Result) status() int {
	switch r {
	case Accepted, Duplicate, UnknownSID, HealthCheck, NothingToLearn:
		return http.StatusOK
	case Forged, Unsigned:
		return http.StatusUnauthorized
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case WrongMethod:
		return http.StatusMethodNotAllowed
	case WrongContentType:
		return http.StatusUnsupportedMediaType
	case Busy, Overdrawn, Unavailable, TooEarly:
		return http.StatusServiceUnavailable
	case Malformed:
		return http.StatusBadRequest
	default:
		return http.StatusInternalServerError
	}
}

// isUnread says that the body may not have been read to its end.
func (r Result) isUnread() bool {
	return r == TooLarge || r == WrongMethod || r == WrongContentType
}
