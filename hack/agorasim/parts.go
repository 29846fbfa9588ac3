// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"fmt"
	"time"
)

// move is a loss of the recorder's server, and its replacement.
type move struct {
	lostAt, rejoinedAt time.Time
	uid                uint32 // with which it rejoins
}

// part is what one server has recorded. A recording has one, and another with
// every move.
type part struct {
	number   int
	uid      string // of the recorder in the channel
	begin    time.Time
	end      time.Time // meaningless while it is open
	open     bool
	atLength bool // it came to record, so that its end ends a slice
	holds    []hold
}

// overAt says whether the part has ended by then.
func (p part) overAt(at time.Time) bool { return !p.open && !p.end.After(at) }

// filePrefix stands before the names of the part's files.
func (p part) filePrefix() string {
	if p.number == 0 {
		return ""
	}
	return fmt.Sprintf("bak%d_", p.number-1)
}

// parts returns those that have begun by then.
func (r *recorder) parts(at time.Time) []part {
	begin, uid := r.startedAt, r.uid
	var parts []part
	for _, moved := range r.moves {
		parts = append(parts, r.part(len(parts), uid, begin, moved.lostAt))
		begin, uid = moved.rejoinedAt, fmt.Sprint(moved.uid)
	}
	last := r.part(len(parts), uid, begin, r.endedAt)
	last.open = !r.ended
	if len(parts) == 0 || !last.begin.After(at) && !last.endsBeforeItBegins() {
		parts = append(parts, last)
	}
	return parts
}

func (r *recorder) part(number int, uid string, begin, end time.Time) part {
	p := part{number: number, uid: uid, begin: begin, end: end, holds: r.holds}
	p.atLength = !end.Before(begin.Add(r.startupDuration())) && !p.pausedThroughout()
	return p
}

func (p part) endsBeforeItBegins() bool { return !p.open && p.end.Before(p.begin) }

// senderUID returns the uid that the recorder has in the channel.
func (r *recorder) senderUID(at time.Time) string {
	parts := r.parts(at)
	return parts[len(parts)-1].uid
}
