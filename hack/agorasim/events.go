// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

// progressInterval is how often Agora reports the progress of an upload.
const progressInterval = time.Minute

// events report what happens to recordings: they write to the bucket and send
// notifications.
type events struct {
	clock    *simtime.Clock
	schedule *simtime.Schedule
	sender   *notify.Sender
	writer   *bucket.Writer

	reported map[*recorder.Recorder]*reported
}

// reported is what has been reported about a recording.
type reported struct {
	followed    bool
	since       time.Time // earlier events are not reported
	ending      bool      // its end was reported
	transferred bool
	sequence    int64
	indexes     map[string]bool // base names of indexes whose first upload was reported
	snapshots   map[string]int  // number of reported screenshots, by base name
}

// of returns what has been reported about a recording.
func (e *events) of(r *recorder.Recorder) *reported {
	t, ok := e.reported[r]
	if !ok {
		t = &reported{}
		e.reported[r] = t
	}
	return t
}

// follows reports whether events of a recording at this time are reported.
func (e *events) follows(r *recorder.Recorder, at time.Time) bool {
	t, ok := e.reported[r]
	return ok && t.followed && !at.Before(t.since)
}

// report sends an event of a recording if there is a receiver.
func (e *events) report(r *recorder.Recorder, at time.Time, eventType int, details notify.Details) {
	e.reportAs(r, at, eventType, details, r.ChannelUID(at))
}

// reportAs is like report, for a recorder whose uid has changed since.
func (e *events) reportAs(r *recorder.Recorder, at time.Time, eventType int, details notify.Details, uid string) {
	if settings := e.sender.Settings(); e.follows(r, at) && settings.Wants(eventType) && settings.HasReceiver(r.AppID) {
		e.send(r, at, eventType, details, uid)
	}
}

// send sends a notification. If no details are given, it uses an example.
func (e *events) send(r *recorder.Recorder, at time.Time, eventType int, details notify.Details, uid string) string {
	if details == nil {
		details = exampleDetails(eventType, bucket.MediaOf(r, at))
	}
	reported := e.of(r)
	reported.sequence++
	return e.sender.Send(notify.Event{
		Type: eventType, AppID: r.AppID, CName: r.CName, UID: uid, SID: r.SID, Scene: scene(r),
		Sequence: reported.sequence - 1, At: at, ClockOffset: r.ClockOffset, Details: details,
	})
}

// follow reports the events of a recording from a time on, if there is a bucket or a
// receiver.
func (e *events) follow(r *recorder.Recorder, since time.Time) {
	if !e.writer.HasBucket() && !e.sender.Settings().HasReceivers() || e.of(r).followed {
		return
	}
	reported := e.of(r)
	reported.followed, reported.since, reported.indexes, reported.snapshots = true, since, map[string]bool{}, map[string]int{}
	// Everything that has already happened counts as reported.
	media := bucket.MediaOf(r, since)
	for _, t := range media.Tracks() {
		if t.Indexed {
			reported.indexes[t.Base] = r.StartedAt.Before(since) && media.HasIndex(t)
			continue
		}
		reported.snapshots[t.Base] = media.Recorded(t)
	}
	if r.Failure == "" {
		e.followStart(r, since)
	}
	e.scheduleEnd(r)
	e.writer.Write(r)
}

func (e *events) followStart(r *recorder.Recorder, since time.Time) {
	e.on(r, r.StartedAt.Add(2*r.StartupStep), func(at time.Time) { e.report(r, at, notify.EventUploaderStarted, nil) })
	e.on(r, r.StartedAt.Add(3*r.StartupStep), func(at time.Time) { e.reportStart(r, at) })
	e.on(r, firstAfter(r.StartedAt, progressInterval, since), func(at time.Time) { e.reportProgress(r, at) })
	e.followPart(r, 0)
	e.scheduleOutage(r)
}

// on schedules an event of a recording, unless it is in the past.
func (e *events) on(r *recorder.Recorder, at time.Time, happen func(at time.Time)) {
	if !e.follows(r, at) {
		return
	}
	e.schedule.At(at, func(at time.Time) {
		r.Advance(at)
		happen(at)
	})
}

// firstAfter returns the first time later than after among begin plus one interval, plus
// two intervals, and so on.
func firstAfter(begin time.Time, interval time.Duration, after time.Time) time.Time {
	n := max(after.Sub(begin), 0)/interval + 1
	return begin.Add(n * interval)
}

func (e *events) reportStart(r *recorder.Recorder, at time.Time) {
	if r.OverBy(at) {
		return
	}
	if r.Mode == recorder.ModeWeb {
		e.report(r, at, notify.EventWebRecorderStarted, nil)
		e.reportPublishing(r, at)
		return
	}
	e.report(r, at, notify.EventRecorderStarted, nil)
}
