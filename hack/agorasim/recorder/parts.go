// SPDX-License-Identifier: Apache-2.0

package recorder

import (
	"fmt"
	"time"
)

// Move is the loss of a recorder's server and its replacement.
type Move struct {
	LostAt, RejoinedAt time.Time
	UID                uint32 // in the channel after the move
}

// Part is what one server has recorded. A recording has one part, and another one for
// each move.
type Part struct {
	Number   int
	UID      string // of the recorder in the channel
	Begin    time.Time
	End      time.Time // meaningless while it is open
	Open     bool
	AtLength bool // something was recorded, so the end completes a slice
	pauses   []pause
}

// OverAt reports whether the part has ended by the given time.
func (p Part) OverAt(at time.Time) bool { return !p.Open && !p.End.After(at) }

// FilePrefix returns the prefix of the names of the part's files.
func (p Part) FilePrefix() string {
	if p.Number == 0 {
		return ""
	}
	return fmt.Sprintf("bak%d_", p.Number-1)
}

// Parts returns the parts that have begun by the given time.
func (r *Recorder) Parts(at time.Time) []Part {
	begin, uid := r.StartedAt, r.UID
	var parts []Part
	for _, moved := range r.Moves {
		parts = append(parts, r.part(len(parts), uid, begin, moved.LostAt))
		begin, uid = moved.RejoinedAt, fmt.Sprint(moved.UID)
	}
	last := r.part(len(parts), uid, begin, r.EndedAt)
	last.Open = !r.Ended
	if len(parts) == 0 || !last.Begin.After(at) && !last.endsBeforeItBegins() {
		parts = append(parts, last)
	}
	return parts
}

func (r *Recorder) part(number int, uid string, begin, end time.Time) Part {
	p := Part{Number: number, UID: uid, Begin: begin, End: end, pauses: r.pauses}
	p.AtLength = !end.Before(begin.Add(r.StartupDuration())) && !p.pausedThroughout()
	return p
}

func (p Part) endsBeforeItBegins() bool { return !p.Open && p.End.Before(p.Begin) }

// ChannelUID returns the uid that the recorder has in the channel.
func (r *Recorder) ChannelUID(at time.Time) string {
	parts := r.Parts(at)
	return parts[len(parts)-1].UID
}

// PartUID returns the uid that the recorder had on a server.
func (r *Recorder) PartUID(number int) string { return r.Parts(r.StartedAt)[number].UID }
