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

// events report what happens to recordings: to the bucket, and in notifications.
type events struct {
	clock    *simtime.Clock
	schedule *simtime.Schedule
	sender   *notify.Sender
	writer   *bucket.Writer

	reported map[*recorder.Recorder]*reported
}

// reported is what of a recording has been reported.
type reported struct {
	followed    bool
	since       time.Time // what was before is not reported
	ending      bool      // its end was reported
	transferred bool
	sequence    int64
	indexes     map[string]bool // base names of those whose first upload was reported
	snapshots   map[string]int  // how many were reported, by the base of their names
}

// of returns what of a recording was reported.
func (e *events) of(r *recorder.Recorder) *reported {
	t, ok := e.reported[r]
	if !ok {
		t = &reported{}
		e.reported[r] = t
	}
	return t
}

// follows says whether what happens to a recording at a time is reported.
func (e *events) follows(r *recorder.Recorder, at time.Time) bool {
	t, ok := e.reported[r]
	return ok && t.followed && !at.Before(t.since)
}

// report sends an event of a recording, if anybody receives it.
func (e *events) report(r *recorder.Recorder, at time.Time, eventType int, details notify.Details) {
	e.reportAs(r, at, eventType, details, r.ChannelUID(at))
}

// reportAs is report for a recorder that has another uid by now.
func (e *events) reportAs(r *recorder.Recorder, at time.Time, eventType int, details notify.Details, uid string) {
	if settings := e.sender.Settings(); e.follows(r, at) && settings.Wants(eventType) && settings.HasReceiver(r.AppID) {
		e.send(r, at, eventType, details, uid)
	}
}

// send sends a notification, with an example of details where none are given.
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

// follow reports what happens to a recording from then on, if anybody is there to get it.
func (e *events) follow(r *recorder.Recorder, since time.Time) {
	if !e.writer.HasBucket() && !e.sender.Settings().HasReceivers() || e.of(r).followed {
		return
	}
	reported := e.of(r)
	reported.followed, reported.since, reported.indexes, reported.snapshots = true, since, map[string]bool{}, map[string]int{}
	// What has happened is taken for reported.
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
