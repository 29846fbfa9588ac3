// SPDX-License-Identifier: Apache-2.0

package agorasim

import "time"

// hold is a pause of a web page recording, in which nothing is recorded.
type hold struct {
	from, until time.Time
	open        bool // it has no end yet
}

// within returns how much of the pause lies between two times.
func (h hold) within(from, to time.Time) time.Duration {
	if !h.open && h.until.Before(to) {
		to = h.until
	}
	if h.from.After(from) {
		from = h.from
	}
	return max(to.Sub(from), 0)
}

// onhold says whether the recording is paused.
func (r *recorder) onhold() bool {
	return len(r.holds) > 0 && r.holds[len(r.holds)-1].open
}

// setOnhold pauses or resumes the recording, and says whether that is new.
func (r *recorder) setOnhold(onhold bool, at time.Time) bool {
	switch {
	case onhold == r.onhold():
		return false
	case onhold:
		r.holds = append(r.holds, hold{from: at, open: true})
	default:
		last := len(r.holds) - 1
		r.holds[last].open, r.holds[last].until = false, at
	}
	return true
}

// recordedTime is how long the part has recorded by then, without the pauses.
func (p part) recordedTime(at time.Time) time.Duration {
	recorded := at.Sub(p.begin)
	for _, paused := range p.holds {
		recorded -= paused.within(p.begin, at)
	}
	return recorded
}

// moment is when the part has recorded for a while and goes on.
func (p part) moment(recorded time.Duration) time.Time {
	at := p.begin.Add(recorded)
	for _, paused := range p.holds {
		if !paused.open && !paused.from.After(at) {
			at = at.Add(paused.within(p.begin, paused.until))
		}
	}
	return at
}

// pausedThroughout says whether a part that has ended never recorded.
func (p part) pausedThroughout() bool {
	return len(p.holds) > 0 && p.end.After(p.begin) && p.recordedTime(p.end) <= 0
}

// readWebRecordingConfig reads whether a web page recording is to pause.
func readWebRecordingConfig(r *recorder, config requestBody) (change, *reply) {
	if r.mode != ModeWeb {
		return nil, invalidParameter("webRecordingConfig is for web page recording alone")
	}
	if _, given := config["onhold"]; !given {
		return nil, invalidParameter("webRecordingConfig: onhold is required")
	}
	onhold, ok := config.boolean("onhold")
	if !ok {
		return nil, invalidParameter("webRecordingConfig: onhold must be a boolean")
	}
	return func(change changing) {
		r := change.recorder
		r.updates.WebRecordingConfig++
		if r.setOnhold(onhold, change.at) {
			change.simulator.tellHold(r, change.at)
		}
	}, nil
}

// tellHold tells of what follows from a pause or its end.
func (s *Simulator) tellHold(r *recorder, at time.Time) {
	s.tellPublishing(r, at)
	if !r.onhold() {
		s.resumePart(r, at)
	}
}
