// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/budget"
)

// Key names what has a number of places: an App ID of an account.
type Key struct {
	Account budget.Key
	AppID   string
}

// Request is who asks for a place.
type Request struct {
	// Owner is the recording.
	Owner budget.Owner

	// Name is the name of its object.
	Name types.NamespacedName

	// OpensAt is from when on the place is wanted. Whose is earlier goes first.
	OpensAt time.Time

	// Created is when the object was created, which decides between those that open together.
	Created time.Time
}

// Place is what a request gets.
type Place struct {
	// Waits says that the recording cannot be started yet.
	Waits bool

	// Limit is how many recordings may run, and Source where that is stated; zero if it is
	// stated nowhere, or if what runs is not counted yet.
	Limit  int
	Source budget.Source

	// Overloaded says that Agora has refused another recording for want of room.
	Overloaded bool

	// RetryAt is when to ask again; zero if the owner is told once it is worth it.
	RetryAt time.Time
}

// entry is a recording that runs, or that waits.
type entry struct {
	Request

	// open counts the sessions that run or may run.
	open int

	// granted says that a place is kept for another session.
	granted bool

	// waiting says that it is in the queue.
	waiting bool

	// asked says that it has asked for its place: its time has come by the clock of whoever
	// asks, even if OpensAt is by a clock that is ahead.
	asked bool

	// told says that the owner was told to ask again and has not done so, and retryAt
	// when it was last told to ask again by itself.
	told    bool
	retryAt time.Time
}

// taken returns how many places it takes.
func (e *entry) taken() int {
	if e.granted {
		return e.open + 1
	}
	return e.open
}

// isDue says whether its time has come.
func (e *entry) isDue(now time.Time) bool { return e.asked || !e.OpensAt.After(now) }

// compareEntries orders those that wait.
func compareEntries(a, b *entry) int {
	return cmp.Or(a.OpensAt.Compare(b.OpensAt), a.Created.Compare(b.Created), cmp.Compare(a.Owner, b.Owner))
}
