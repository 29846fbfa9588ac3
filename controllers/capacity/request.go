// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/budget"
)

// Key identifies an App ID of an account. Places are counted for each key.
type Key struct {
	Account budget.Key
	AppID   string
}

// Request asks for a place.
type Request struct {
	// Owner is the recording.
	Owner budget.Owner

	// Name is the name of its object.
	Name types.NamespacedName

	// OpensAt is when the place is wanted. The earliest request goes first.
	OpensAt time.Time

	// Created is when the object was created. It decides between requests that open together.
	Created time.Time
}

// Place is the answer to a request.
type Place struct {
	// Waits means that the recording cannot be started yet.
	Waits bool

	// Limit is how many recordings may run, and Source where that is stated. Limit is zero if
	// no source states one, or if the running recordings have not been counted yet.
	Limit  int
	Source budget.Source

	// Overloaded means that Agora has refused another recording for lack of room.
	Overloaded bool

	// RetryAt is when to ask again. It is zero if the owner will be told when that is
	// worthwhile.
	RetryAt time.Time
}

// entry is a recording that runs or waits.
type entry struct {
	Request

	// open counts the sessions that run or may run.
	open int

	// granted means that a place is kept for another session.
	granted bool

	// waiting means that the entry is in the queue.
	waiting bool

	// asked means that the entry has asked for its place. Its time has come by the clock of
	// whoever asks, even if OpensAt comes from a clock that is ahead.
	asked bool

	// told means that the owner was told to ask again and has not done so yet. retryAt is when
	// it was last told to ask again by itself.
	told    bool
	retryAt time.Time
}

// taken returns how many places the entry takes.
func (e *entry) taken() int {
	if e.granted {
		return e.open + 1
	}
	return e.open
}

// isDue reports whether the entry's time has come.
func (e *entry) isDue(now time.Time) bool { return e.asked || !e.OpensAt.After(now) }

// compareEntries orders the queue.
func compareEntries(a, b *entry) int {
	return cmp.Or(a.OpensAt.Compare(b.OpensAt), a.Created.Compare(b.Created), cmp.Compare(a.Owner, b.Owner))
}
