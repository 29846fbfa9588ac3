// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

// progressInterval is how often Agora tells how far an upload has come.
const progressInterval = time.Minute

// events tell the bucket and the receivers of notifications what happens to recordings.
type events struct {
	clock    *simtime.Clock
	schedule *simtime.Schedule
	sender   *notify.Sender
	writer   *bucket.Writer

	told map[*recorder.Recorder]*told
}

// told is what has been told of a recording.
type told struct {
	followed    bool
	since       time.Time // what was before is not told
	ending      bool      // its end was told
	transferred bool
	sequence    int64
	indexes     map[string]bool // base names of those whose first upload was told
	snapshots   map[string]int  // how many were told, by the base of their names
}

func (e *events) reset() {
	e.told = map[*recorder.Recorder]*told{}
	e.writer.Reset()
}

// of returns what was told of a recording.
func (e *events) of(r *recorder.Recorder) *told {
	t, ok := e.told[r]
	if !ok {
		t = &told{}
		e.told[r] = t
	}
	return t
}

// follows says whether what happens to a recording at a time is told.
func (e *events) follows(r *recorder.Recorder, at time.Time) bool {
	t, ok := e.told[r]
	return ok && t.followed && !at.Before(t.since)
}

// tell notifies of an event in the life of a recording, if anybody listens.
func (e *events) tell(r *recorder.Recorder, at time.Time, eventType int, details Details) {
	e.tellAs(r, at, eventType, details, r.ChannelUID(at))
}

// tellAs is tell for a recorder that has another uid by now.
func (e *events) tellAs(r *recorder.Recorder, at time.Time, eventType int, details Details, uid string) {
	if e.follows(r, at) && e.sender.Wants(eventType) && e.sender.HasReceiver(r.AppID) {
		e.send(r, at, eventType, details, uid)
	}
}

// send sends a notification, with an example of details where none are given.
func (e *events) send(r *recorder.Recorder, at time.Time, eventType int, details Details, uid string) string {
	if details == nil {
		details = exampleDetails(eventType, bucket.MediaOf(r, at))
	}
	told := e.of(r)
	told.sequence++
	return e.sender.Send(notify.Event{
		Type: eventType, AppID: r.AppID, CName: r.CName, UID: uid, SID: r.SID, Scene: scene(r),
		Sequence: told.sequence - 1, At: at, ClockOffset: r.ClockOffset, Details: details,
	})
}

// follow makes the recording known outside as it goes on: the bucket and the
// receivers of notifications. What it has behind it is not told.
func (e *events) follow(r *recorder.Recorder, since time.Time) {
	if !e.writer.HasBucket() && !e.sender.HasReceivers() || e.of(r).followed {
		return
	}
	told := e.of(r)
	told.followed, told.since, told.indexes, told.snapshots = true, since, map[string]bool{}, map[string]int{}
	// What has happened is taken for told.
	media := bucket.MediaOf(r, since)
	for _, t := range media.Tracks() {
		if t.Indexed {
			told.indexes[t.Base] = r.StartedAt.Before(since) && media.HasIndex(t)
			continue
		}
		told.snapshots[t.Base] = media.Recorded(t)
	}
	if r.Failure == "" {
		e.followStart(r, since)
	}
	e.expectEnd(r)
	e.writer.Write(r)
}

func (e *events) followStart(r *recorder.Recorder, since time.Time) {
	e.on(r, r.StartedAt.Add(2*r.StartupStep), func(at time.Time) { e.tell(r, at, EventUploaderStarted, nil) })
	e.on(r, r.StartedAt.Add(3*r.StartupStep), func(at time.Time) { e.tellStart(r, at) })
	e.on(r, firstAfter(r.StartedAt, progressInterval, since), func(at time.Time) { e.tellProgress(r, at) })
	e.followPart(r, 0)
	e.expectOutage(r)
}

// on schedules what happens to a recording, unless that is in the past.
func (e *events) on(r *recorder.Recorder, at time.Time, happen func(at time.Time)) {
	if !e.follows(r, at) {
		return
	}
	e.schedule.At(at, func(at time.Time) {
		r.Advance(at)
		happen(at)
	})
}

// firstAfter returns the first of the times, an interval apart, that is after
// the beginning and after another time.
func firstAfter(begin time.Time, interval time.Duration, after time.Time) time.Time {
	n := max(after.Sub(begin), 0)/interval + 1
	return begin.Add(n * interval)
}

func (e *events) tellStart(r *recorder.Recorder, at time.Time) {
	if r.OverBy(at) {
		return
	}
	if r.Mode == ModeWeb {
		e.tell(r, at, EventWebRecorderStarted, nil)
		e.tellPublishing(r, at)
		return
	}
	e.tell(r, at, EventRecorderStarted, nil)
}
