// SPDX-License-Identifier: Apache-2.0

package recorder

import "time"

// pause is a pause of a web page recording. Nothing is recorded during a pause.
type pause struct {
	from, until time.Time
	open        bool // it has no end yet
}

// within returns the overlap of the pause with an interval.
func (p pause) within(from, to time.Time) time.Duration {
	if !p.open && p.until.Before(to) {
		to = p.until
	}
	if p.from.After(from) {
		from = p.from
	}
	return max(to.Sub(from), 0)
}

// Paused reports whether the recording is paused.
func (r *Recorder) Paused() bool {
	return len(r.pauses) > 0 && r.pauses[len(r.pauses)-1].open
}

// SetPaused pauses or resumes the recording, and reports whether that changed anything.
func (r *Recorder) SetPaused(paused bool, at time.Time) bool {
	switch {
	case paused == r.Paused():
		return false
	case paused:
		r.pauses = append(r.pauses, pause{from: at, open: true})
	default:
		last := len(r.pauses) - 1
		r.pauses[last].open, r.pauses[last].until = false, at
	}
	return true
}

// RecordedTime returns how long the part has recorded by the given time, without the
// pauses.
func (p Part) RecordedTime(at time.Time) time.Duration {
	recorded := at.Sub(p.Begin)
	for _, paused := range p.pauses {
		recorded -= paused.within(p.Begin, at)
	}
	return recorded
}

// Moment returns when the part has recorded for a duration and is not paused.
func (p Part) Moment(recorded time.Duration) time.Time {
	at := p.Begin.Add(recorded)
	for _, paused := range p.pauses {
		if !paused.open && !paused.from.After(at) {
			at = at.Add(paused.within(p.Begin, paused.until))
		}
	}
	return at
}

// pausedThroughout reports whether an ended part never recorded.
func (p Part) pausedThroughout() bool {
	return len(p.pauses) > 0 && p.End.After(p.Begin) && p.RecordedTime(p.End) <= 0
}

// Stretch is the time between two pauses of a part.
type Stretch struct {
	Part   int // its number
	pauses int // before it
}

// Stretch returns the stretch of a part after the latest pause.
func (r *Recorder) Stretch(part int) Stretch { return Stretch{part, len(r.pauses)} }

// StretchOver reports whether a pause or a move has ended a stretch by the given time.
func (r *Recorder) StretchOver(s Stretch, at time.Time) bool {
	return len(r.Moves) > s.Part || len(r.pauses) > s.pauses && !r.pauses[s.pauses].from.After(at)
}
