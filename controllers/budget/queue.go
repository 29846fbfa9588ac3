// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"cmp"
	"slices"
	"time"
)

// Owner is the UID of the recording that asks for a turn.
type Owner string

// Priority is how urgent a request is. More urgent requests go first.
type Priority int

const (
	// Poll looks after a recording that runs as wanted.
	Poll Priority = iota

	// Confirm finds out whether an upload has ended.
	Confirm

	// Acquire asks for the resource ID that starts a recording.
	Acquire

	// Start starts a recording or updates one that runs. It goes before Acquire, because a
	// resource ID soon expires.
	Start

	// StopAgain ends a recording that Agora did not find. It has most likely ended, and must
	// not hold up recordings that run and are billed.
	StopAgain

	// Stop saves what is known about a recording, and then ends it.
	Stop

	// priorities is the number of priorities.
	priorities = iota
)

// String returns the priority's name as it appears in metrics.
func (p Priority) String() string {
	switch p {
	case Stop:
		return "stop"
	case StopAgain:
		return "stop-again"
	case Start:
		return "start"
	case Acquire:
		return "acquire"
	case Confirm:
		return "confirm"
	default:
		return "poll"
	}
}

// ticket is an owner's place in the queue.
type ticket struct {
	owner    Owner
	priority Priority
	number   uint64
	// expected is the time until which others wait for the owner to ask again.
	expected time.Time
	// absent means that others no longer wait for the owner. Once it asks, it is ahead of them
	// again.
	absent bool
}

// queue holds the tickets of an account: in tickets those whose owners are present, the
// next one first, and in owners all of them.
type queue struct {
	tickets []*ticket
	owners  map[Owner]*ticket
	last    uint64
}

// join gives the owner a place, or keeps its place if the priority is the same, and returns
// how many tickets are before it. Overdue tickets do not count.
func (q *queue) join(owner Owner, priority Priority, now time.Time) int {
	own, ok := q.owners[owner]
	if ok && own.priority != priority {
		q.leave(owner)
		ok = false
	}
	if !ok {
		q.last++
		own = &ticket{owner: owner, priority: priority, number: q.last, absent: true}
		if q.owners == nil {
			q.owners = map[Owner]*ticket{}
		}
		q.owners[owner] = own
	}
	if own.absent {
		index, _ := slices.BinarySearchFunc(q.tickets, own, compareTickets)
		q.tickets = slices.Insert(q.tickets, index, own)
		own.absent = false
	}
	own.expected = now.Add(askTimeout)
	q.passOverdue(now)
	index, _ := slices.BinarySearchFunc(q.tickets, own, compareTickets)
	return index
}

// expect sets the time until which others wait for the owner.
func (q *queue) expect(owner Owner, until time.Time) {
	if own, ok := q.owners[owner]; ok {
		own.expected = until
	}
}

// leave gives up the owner's place and returns its ticket, or nil if it has none.
func (q *queue) leave(owner Owner) *ticket {
	own, ok := q.owners[owner]
	if !ok {
		return nil
	}
	delete(q.owners, owner)
	if index, found := slices.BinarySearchFunc(q.tickets, own, compareTickets); found {
		q.tickets = slices.Delete(q.tickets, index, index+1)
	}
	return own
}

// restore gives an owner back the place that it gave up, unless it has another one. Nobody
// waits for the owner until it asks.
func (q *queue) restore(ticket *ticket) {
	if _, ok := q.owners[ticket.owner]; ok {
		return
	}
	ticket.absent = true
	q.owners[ticket.owner] = ticket
}

// passOverdue removes owners at the head that did not ask again in time. They may no longer
// need a turn, and get their place back if they do.
func (q *queue) passOverdue(now time.Time) {
	for len(q.tickets) > 0 && q.tickets[0].expected.Before(now) {
		q.tickets[0].absent = true
		q.tickets = slices.Delete(q.tickets, 0, 1)
	}
}

// placeAmong returns how many of the first tickets have the given priority.
func (q *queue) placeAmong(first int, priority Priority) int {
	begin, _ := slices.BinarySearchFunc(q.tickets, priority, func(t *ticket, p Priority) int {
		if t.priority > p {
			return -1
		}
		return 1
	})
	return max(first-begin, 0)
}

func compareTickets(a, b *ticket) int {
	return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.number, b.number))
}
