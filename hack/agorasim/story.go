// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"
)

// progressInterval is how often Agora tells how far an upload has come.
const progressInterval = time.Minute

// story is what the world outside has been told of a recording.
type story struct {
	followed    bool
	since       time.Time // what was before is not told
	ending      bool      // its end was told
	transferred bool
	sequence    int64
	indexes     map[string]bool // base names of those whose first upload was told
	snapshots   map[string]int  // how many were told, by the base of their names
}

// follow makes the recording known outside as it goes on: the bucket and the
// receivers of notifications. What it has behind it is not told.
func (s *Simulator) follow(r *recorder, since time.Time) {
	if r.story.followed || !s.hasAudience() {
		return
	}
	r.story = story{followed: true, since: since, indexes: map[string]bool{}, snapshots: map[string]int{}}
	s.skipTold(r, since)
	if r.failure == "" {
		s.followStart(r, since)
	}
	s.expectEnd(r)
	s.writeSoon(r)
}

func (s *Simulator) followStart(r *recorder, since time.Time) {
	s.on(r, r.startedAt.Add(2*r.startupStep), func(at time.Time) { s.tell(r, at, EventUploaderStarted, nil) })
	s.on(r, r.startedAt.Add(3*r.startupStep), func(at time.Time) { s.tellStart(r, at) })
	s.on(r, firstAfter(r.startedAt, progressInterval, since), func(at time.Time) { s.tellProgress(r, at) })
	s.followPart(r, 0)
	s.expectOutage(r)
}

// hasAudience says whether anything outside hears of recordings.
func (s *Simulator) hasAudience() bool { return s.options.Bucket != nil || s.notifications.any() }

// skipTold takes what has happened for known.
func (s *Simulator) skipTold(r *recorder, since time.Time) {
	for _, t := range r.tracks(since) {
		if t.indexed {
			r.story.indexes[t.base] = r.startedAt.Before(since) && r.stageOf(t, since).index.slices > 0
			continue
		}
		r.story.snapshots[t.base] = r.recorded(t, since)
	}
}

// on arranges what happens to a recording, unless that is in the past.
func (s *Simulator) on(r *recorder, at time.Time, happen func(at time.Time)) {
	if !r.story.followed || at.Before(r.story.since) {
		return
	}
	s.backstage.arrange(at, func(at time.Time) {
		r.advance(at)
		happen(at)
	})
}

// firstAfter returns the first of the times, an interval apart, that is after
// the beginning and after another time.
func firstAfter(begin time.Time, interval time.Duration, after time.Time) time.Time {
	n := max(after.Sub(begin), 0)/interval + 1
	return begin.Add(n * interval)
}

// overBy says whether the recording has ended by then.
func (r *recorder) overBy(at time.Time) bool { return r.ended && !r.endedAt.After(at) }

func (s *Simulator) tellStart(r *recorder, at time.Time) {
	if r.overBy(at) {
		return
	}
	if r.mode == ModeWeb {
		s.tell(r, at, EventWebRecorderStarted, nil)
		s.tellPublishing(r, at)
		return
	}
	s.tell(r, at, EventRecorderStarted, nil)
}

// followPart tells of the slices and screenshots of a part.
func (s *Simulator) followPart(r *recorder, number int) {
	begin := r.startedAt
	if number > 0 {
		begin = r.moves[number-1].rejoinedAt
	}
	if r.onhold() {
		return
	}
	since := r.story.since
	ongoing := stretch{number, len(r.holds)}
	files := func(_ part, at time.Time) { s.tellFiles(r, at) }
	if begin.Before(since) {
		p := r.parts(since)[number]
		recorded := p.recordedTime(since)
		s.followSlices(r, ongoing, since.Add(r.sliceDuration-recorded%r.sliceDuration))
	} else {
		s.followStretch(r, ongoing, begin.Add(r.startupDuration()), 0, func(_ part, at time.Time) { s.tellStreams(r, at, streamReceived) })
		s.followSlices(r, ongoing, begin)
	}
	s.followStretch(r, ongoing, begin.Add(r.firstSlice()), 0, files)
	if r.snapshot {
		s.followStretch(r, ongoing, firstAfter(begin, r.captureInterval, since), r.captureInterval, files)
	}
}

// resumePart tells of the slices that follow a pause.
func (s *Simulator) resumePart(r *recorder, at time.Time) {
	parts := r.parts(at)
	p := parts[len(parts)-1]
	ongoing := stretch{p.number, len(r.holds)}
	recorded := p.recordedTime(at)
	begun := (recorded + r.sliceDuration - 1) / r.sliceDuration
	s.followSlices(r, ongoing, at.Add(begun*r.sliceDuration-recorded))
	if left := r.firstSlice() - recorded; left >= 0 {
		s.followStretch(r, ongoing, at.Add(left), 0, func(_ part, at time.Time) { s.tellFiles(r, at) })
	}
}

// stretch is what of a part lies between two pauses: after as many as it says.
type stretch struct {
	part, holds int
}

// overAt says whether a pause or a move has ended the stretch by then.
func (s stretch) overAt(r *recorder, at time.Time) bool {
	return len(r.moves) > s.part || len(r.holds) > s.holds && !r.holds[s.holds].from.After(at)
}

func (s *Simulator) followSlices(r *recorder, ongoing stretch, from time.Time) {
	s.followStretch(r, ongoing, from, r.sliceDuration, func(p part, at time.Time) { s.tellSlice(r, p, at) })
}

func (s *Simulator) followStretch(r *recorder, ongoing stretch, from time.Time, interval time.Duration, tell func(p part, at time.Time)) {
	s.on(r, from, func(at time.Time) { s.inStretch(r, ongoing, at, interval, tell) })
}

// inStretch tells what happens in an interval of a stretch, as long as that
// goes on and its part has room for slices.
func (s *Simulator) inStretch(r *recorder, ongoing stretch, at time.Time, interval time.Duration, tell func(p part, at time.Time)) {
	if r.overBy(at) || ongoing.overAt(r, at) {
		return
	}
	p := r.parts(at)[ongoing.part]
	tell(p, at)
	if interval > 0 && p.recordedTime(at)+interval <= time.Duration(r.mostSlices())*interval {
		s.followStretch(r, ongoing, at.Add(interval), interval, tell)
	}
}

// tellSlice tells that a slice begins, and with it of the one before.
func (s *Simulator) tellSlice(r *recorder, p part, at time.Time) {
	s.tellFiles(r, at)
	for _, t := range r.tracks(at) {
		if !t.indexed || t.isMerged() || t.part.number != p.number || p.recordedTime(at) >= time.Duration(r.mostSlices())*t.interval {
			continue
		}
		s.tell(r, at, EventSliceStart, Details{
			"startUtcMs": at.UnixMilli(), "discontinueUtcMs": at.UnixMilli(),
			"mixedAllUser": t.mixed, "streamUid": t.publisher, "trackType": t.kind,
		})
	}
}

// States of a stream.
const (
	streamReceived = 0
	streamMissing  = 1
)

// tellStreams tells of the state of the publishers' streams.
func (s *Simulator) tellStreams(r *recorder, at time.Time, state int) {
	if r.mode == ModeWeb || r.overBy(at) {
		return
	}
	for _, publisher := range r.publishers {
		details := Details{"streamUid": publisher, "state": state, "UtcMs": at.UnixMilli()}
		s.tell(r, at, EventAudioStreamState, details)
		s.tell(r, at, EventVideoStreamState, details)
	}
}

// tellFiles writes what there is to write, and tells of what is new.
func (s *Simulator) tellFiles(r *recorder, at time.Time) {
	if !r.story.followed {
		return
	}
	s.writeSoon(r)
	for _, t := range r.tracks(at) {
		if t.indexed {
			s.tellIndex(r, t, at)
			continue
		}
		for n := r.story.snapshots[t.base]; n < r.recorded(t, at); n++ {
			s.tell(r, at, EventSnapshotFile, Details{"fileName": r.prefix() + t.sliceName(n)})
			r.story.snapshots[t.base] = n + 1
		}
	}
}

func (s *Simulator) tellIndex(r *recorder, t track, at time.Time) {
	if r.story.indexes[t.base] || r.stageOf(t, at).index.slices == 0 {
		return
	}
	r.story.indexes[t.base] = true
	s.tell(r, at, EventFileInfos, Details{"fileList": r.prefix() + t.base + ".m3u8"})
}

func (s *Simulator) tellProgress(r *recorder, at time.Time) {
	if r.overBy(at) && (r.cutOff || !at.Before(r.arrivedAt())) {
		return
	}
	s.tell(r, at, EventUploadingProgress, nil)
	s.on(r, at.Add(progressInterval), func(at time.Time) { s.tellProgress(r, at) })
}

// tellMove tells of a lost server when the recorder has rejoined the channel.
func (s *Simulator) tellMove(r *recorder, number int, at time.Time) {
	if r.overBy(at) || len(r.moves) > number {
		return
	}
	moved := r.moves[number-1]
	s.tellAs(r, at, EventSessionFailover, Details{"newUid": moved.uid}, r.partUID(number-1))
	s.tell(r, at, EventUploaderStarted, nil)
	s.tellStart(r, at)
	s.followPart(r, number)
}

// partUID returns the uid that the recorder had on a server.
func (r *recorder) partUID(number int) string { return r.parts(r.startedAt)[number].uid }
