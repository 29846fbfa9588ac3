// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"container/heap"
	"context"
	"time"
)

// appointment is what happens at a simulated time. It is kept with the
// simulator's lock held, and is told the time for which it was made: the clock
// may have run on.
type appointment struct {
	at     time.Time
	number int
	keep   func(at time.Time)
}

// agenda are the appointments, those at one time in the order in which they
// were made. The simulator's lock guards it.
type agenda struct {
	appointments []*appointment
	made         int
	kept         bool               // by a goroutine, as long as there are any
	interrupt    context.CancelFunc // ends the wait for the first
}

var _ heap.Interface = (*agenda)(nil)

func (a *agenda) Len() int { return len(a.appointments) }
func (a *agenda) Swap(i, j int) {
	a.appointments[i], a.appointments[j] = a.appointments[j], a.appointments[i]
}

func (a *agenda) Less(i, j int) bool {
	one, other := a.appointments[i], a.appointments[j]
	if one.at.Equal(other.at) {
		return one.number < other.number
	}
	return one.at.Before(other.at)
}

// Push and Pop are heap's.
func (a *agenda) Push(x any) {
	if made, ok := x.(*appointment); ok {
		a.appointments = append(a.appointments, made)
	}
}

// Pop takes the last away.
func (a *agenda) Pop() any {
	last := len(a.appointments) - 1
	popped := a.appointments[last]
	a.appointments[last] = nil
	a.appointments = a.appointments[:last]
	return popped
}

// arrange makes an appointment. The simulator must be locked.
func (b *backstage) arrange(at time.Time, keep func(at time.Time)) {
	a := &b.agenda
	a.made++
	heap.Push(a, &appointment{at: at, number: a.made, keep: keep})
	switch {
	case !a.kept:
		a.kept = b.run(b.keepAppointments)
	case a.appointments[0].number == a.made:
		a.interrupt()
	}
}

// keepAppointments returns when there are none left.
func (b *backstage) keepAppointments(ctx context.Context) {
	for {
		next, waiting, left := b.keepDue(ctx)
		if !left {
			return
		}
		// An earlier appointment ends the wait, as the end of all does.
		_ = b.clock.WaitUntil(waiting, next)
	}
}

// keepDue keeps the appointments whose time has come. It returns the time of
// the next one, with a context that ends when another comes before it.
func (b *backstage) keepDue(ctx context.Context) (next time.Time, waiting context.Context, left bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := &b.agenda
	a.interrupt()
	b.present()
	if len(a.appointments) == 0 || ctx.Err() != nil {
		a.kept = false
		return time.Time{}, nil, false
	}
	waiting, a.interrupt = context.WithCancel(ctx)
	return a.appointments[0].at, waiting, true
}

// present keeps the appointments whose time has come, and returns the time: what
// changes a recording now comes after them, even if their keeper is late. The
// simulator must be locked.
func (b *backstage) present() time.Time {
	a := &b.agenda
	for b.context.Err() == nil {
		now := b.clock.Now()
		if len(a.appointments) == 0 || a.appointments[0].at.After(now) {
			return now
		}
		if first, ok := heap.Pop(a).(*appointment); ok {
			first.keep(first.at)
		}
	}
	return b.clock.Now()
}
