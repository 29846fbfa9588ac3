// SPDX-License-Identifier: Apache-2.0

package receiver

import "net/http"

// Result is the outcome of a notification.
type Result string

// The possible results. Agora repeats a notification unless the answer is 200.
const (
	// Accepted means that its event is in the journal.
	Accepted Result = "accepted"

	// Duplicate means that its event was accepted earlier.
	Duplicate Result = "duplicate"

	// UnknownSID means that no recording has its sid.
	UnknownSID Result = "unknown_sid"

	// HealthCheck means that it was a test from Agora's console.
	HealthCheck Result = "health_check"

	// NothingToLearn means that its type never changes a status.
	NothingToLearn Result = "nothing_to_learn"

	// Forged means that no secret of a recording with its sid made its signature.
	Forged Result = "forged"

	// Unsigned means that it lacks a required signature.
	Unsigned Result = "unsigned"

	// Malformed means that it is not a notification from Agora.
	Malformed Result = "malformed"

	// TooLarge means that it is larger than any notification from Agora.
	TooLarge Result = "too_large"

	// WrongMethod means that the request was not a POST.
	WrongMethod Result = "wrong_method"

	// WrongContentType means that its content type is not JSON.
	WrongContentType Result = "wrong_content_type"

	// Busy means that too many notifications arrived at the same time, or too many about
	// recordings that this replica does not know.
	Busy Result = "busy"

	// Overdrawn means that too many events of its recording, or of its namespace, are not
	// recorded yet.
	Overdrawn Result = "overdrawn"

	// Unavailable means that its event could not be stored.
	Unavailable Result = "unavailable"

	// TooEarly means that it may be about a recording that is being started and whose sid
	// is not known yet.
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

// isUnread reports whether the body may not have been read to its end.
func (r Result) isUnread() bool {
	return r == TooLarge || r == WrongMethod || r == WrongContentType
}
