// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"cmp"
	"slices"
	"time"
)

// Owner is who asks for a turn: the UID of a recording.
type Owner string

// Priority is the need of a request. A greater need goes first.
type Priority int

const (
	// Poll is looking after a recording that runs, as wanted.
	Poll Priority = iota

	// Confirm is finding out whether an upload has ended.
	Confirm

	// Acquire is asking for what starts a recording.
	Acquire

	// Start is starting a recording, or changing one that runs. It goes before
	// asking for what starts another: that lapses soon.
	Start

	// StopAgain is ending a recording that Agora did not find: it has ended most
	// likely, and must not hold up those that run and are billed.
	StopAgain

	// Stop is ending a recording, and saving what is known of it before.
	Stop

	// priorities is how many there are.
	priorities = iota
)

// String returns the priority's name, as metrics have it.
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
	// expected is until when others wait for the owner to ask again.
	expected time.Time
	// absent says that they wait no longer. Once it asks, it is before them again.
	absent bool
}

// queue holds the tickets of an account, the next one first, without those
// whose owners are absent.
type queue struct {
	tickets []*ticket
	owners  map[Owner]*ticket
	last    uint64
}

// join gives the owner a place, or keeps the one it has if its need is the
// same, and returns how many are before it. One that is overdue is not counted.
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

// expect notes until when others wait for the owner.
func (q *queue) expect(owner Owner, until time.Time) {
	if own, ok := q.owners[owner]; ok {
		own.expected = until
	}
}

// leave gives up the owner's place and returns its ticket; nil if it has none.
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

// restore gives an owner the place back that it gave up, unless it has another.
// Nobody waits for it until it asks.
func (q *queue) restore(ticket *ticket) {
	if _, ok := q.owners[ticket.owner]; ok {
		return
	}
	ticket.absent = true
	q.owners[ticket.owner] = ticket
}

// passOverdue takes those from the head that did not ask again in time: they
// may need no turn any more, and come back in their order if they do.
func (q *queue) passOverdue(now time.Time) {
	for len(q.tickets) > 0 && q.tickets[0].expected.Before(now) {
		q.tickets[0].absent = true
		q.tickets = slices.Delete(q.tickets, 0, 1)
	}
}

// placeAmong returns how many of the first tickets have the priority.
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
