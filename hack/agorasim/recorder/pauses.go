// SPDX-License-Identifier: Apache-2.0

package recorder

import "time"

// pause is a pause of a web page recording, in which nothing is recorded.
type pause struct {
	from, until time.Time
	open        bool // it has no end yet
}

// within returns how much of the pause lies between two times.
func (p pause) within(from, to time.Time) time.Duration {
	if !p.open && p.until.Before(to) {
		to = p.until
	}
	if p.from.After(from) {
		from = p.from
	}
	return max(to.Sub(from), 0)
}

// Paused says whether the recording is paused.
func (r *Recorder) Paused() bool {
	return len(r.pauses) > 0 && r.pauses[len(r.pauses)-1].open
}

// SetPaused pauses or resumes the recording, and says whether that is new.
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

// RecordedTime is how long the part has recorded by then, without the pauses.
func (p Part) RecordedTime(at time.Time) time.Duration {
	recorded := at.Sub(p.Begin)
	for _, paused := range p.pauses {
		recorded -= paused.within(p.Begin, at)
	}
	return recorded
}

// Moment is when the part has recorded for a while and goes on.
func (p Part) Moment(recorded time.Duration) time.Time {
	at := p.Begin.Add(recorded)
	for _, paused := range p.pauses {
		if !paused.open && !paused.from.After(at) {
			at = at.Add(paused.within(p.Begin, paused.until))
		}
	}
	return at
}

// pausedThroughout says whether a part that has ended never recorded.
func (p Part) pausedThroughout() bool {
	return len(p.pauses) > 0 && p.End.After(p.Begin) && p.RecordedTime(p.End) <= 0
}

// Stretch is what of a part lies between two pauses.
type Stretch struct {
	Part   int // its number
	pauses int // before it
}

// Stretch returns the stretch of a part that begins after the latest pause.
func (r *Recorder) Stretch(part int) Stretch { return Stretch{part, len(r.pauses)} }

// StretchOver says whether a pause or a move has ended a stretch by then.
func (r *Recorder) StretchOver(s Stretch, at time.Time) bool {
	return len(r.Moves) > s.Part || len(r.pauses) > s.pauses && !r.pauses[s.pauses].from.After(at)
}
