// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// followPart reports the slices and screenshots of a part.
func (e *events) followPart(r *recorder.Recorder, number int) {
	begin := r.StartedAt
	if number > 0 {
		begin = r.Moves[number-1].RejoinedAt
	}
	if r.Paused() {
		return
	}
	since := e.of(r).since
	ongoing := r.Stretch(number)
	files := func(_ recorder.Part, at time.Time) { e.reportFiles(r, at) }
	if begin.Before(since) {
		p := r.Parts(since)[number]
		recorded := p.RecordedTime(since)
		e.followSlices(r, ongoing, since.Add(recorder.SliceDuration-recorded%recorder.SliceDuration))
	} else {
		e.followStretch(r, ongoing, begin.Add(r.StartupDuration()), 0, func(_ recorder.Part, at time.Time) { e.reportStreams(r, at, streamReceived) })
		e.followSlices(r, ongoing, begin)
	}
	e.followStretch(r, ongoing, begin.Add(bucket.MediaOf(r, since).FirstSlice()), 0, files)
	if r.Snapshot {
		e.followStretch(r, ongoing, firstAfter(begin, r.CaptureInterval, since), r.CaptureInterval, files)
	}
}

// resumePart reports the slices that follow a pause.
func (e *events) resumePart(r *recorder.Recorder, at time.Time) {
	parts := r.Parts(at)
	p := parts[len(parts)-1]
	ongoing := r.Stretch(p.Number)
	recorded := p.RecordedTime(at)
	begun := (recorded + recorder.SliceDuration - 1) / recorder.SliceDuration
	e.followSlices(r, ongoing, at.Add(begun*recorder.SliceDuration-recorded))
	if left := bucket.MediaOf(r, at).FirstSlice() - recorded; left >= 0 {
		e.followStretch(r, ongoing, at.Add(left), 0, func(_ recorder.Part, at time.Time) { e.reportFiles(r, at) })
	}
}

func (e *events) followSlices(r *recorder.Recorder, ongoing recorder.Stretch, from time.Time) {
	e.followStretch(r, ongoing, from, recorder.SliceDuration, func(p recorder.Part, at time.Time) { e.reportSlice(r, p, at) })
}

func (e *events) followStretch(r *recorder.Recorder, ongoing recorder.Stretch, from time.Time, interval time.Duration, report func(p recorder.Part, at time.Time)) {
	e.on(r, from, func(at time.Time) { e.inStretch(r, ongoing, at, interval, report) })
}

// inStretch reports an event in each interval of a stretch, until the stretch ends or its
// part has no room for more slices.
func (e *events) inStretch(r *recorder.Recorder, ongoing recorder.Stretch, at time.Time, interval time.Duration, report func(p recorder.Part, at time.Time)) {
	if r.OverBy(at) || r.StretchOver(ongoing, at) {
		return
	}
	p := r.Parts(at)[ongoing.Part]
	report(p, at)
	if interval > 0 && p.RecordedTime(at)+interval <= time.Duration(bucket.MediaOf(r, at).MostSlices())*interval {
		e.followStretch(r, ongoing, at.Add(interval), interval, report)
	}
}

// reportSlice reports that a slice begins, and the files of the previous one.
func (e *events) reportSlice(r *recorder.Recorder, p recorder.Part, at time.Time) {
	e.reportFiles(r, at)
	media := bucket.MediaOf(r, at)
	for _, t := range media.Tracks() {
		if !t.Indexed || t.IsMerged() || t.Part.Number != p.Number || p.RecordedTime(at) >= time.Duration(media.MostSlices())*t.Interval {
			continue
		}
		e.report(r, at, notify.EventSliceStart, notify.Details{
			"startUtcMs": at.UnixMilli(), "discontinueUtcMs": at.UnixMilli(),
			"mixedAllUser": t.Mixed, "streamUid": t.Publisher, "trackType": t.Kind,
		})
	}
}

// States of a stream.
const (
	streamReceived = 0
	streamMissing  = 1
)

// reportStreams reports the state of the publishers' streams.
func (e *events) reportStreams(r *recorder.Recorder, at time.Time, state int) {
	if r.Mode == recorder.ModeWeb || r.OverBy(at) {
		return
	}
	for _, publisher := range r.Publishers {
		details := notify.Details{"streamUid": publisher, "state": state, "UtcMs": at.UnixMilli()}
		e.report(r, at, notify.EventAudioStreamState, details)
		e.report(r, at, notify.EventVideoStreamState, details)
	}
}

// reportFiles writes pending files and reports new ones.
func (e *events) reportFiles(r *recorder.Recorder, at time.Time) {
	reported := e.of(r)
	if !reported.followed {
		return
	}
	e.writer.Write(r)
	media := bucket.MediaOf(r, at)
	for _, t := range media.Tracks() {
		if t.Indexed && !reported.indexes[t.Base] && media.HasIndex(t) {
			reported.indexes[t.Base] = true
			e.report(r, at, notify.EventFileInfos, notify.Details{"fileList": media.Prefix() + t.Base + ".m3u8"})
		}
		for n := reported.snapshots[t.Base]; !t.Indexed && n < media.Recorded(t); n++ {
			reported.snapshots[t.Base] = n + 1
			e.report(r, at, notify.EventSnapshotFile, notify.Details{"fileName": media.Prefix() + t.SliceName(n)})
		}
	}
}

func (e *events) reportProgress(r *recorder.Recorder, at time.Time) {
	if r.OverBy(at) && (r.CutOff || !at.Before(r.ArrivedAt())) {
		return
	}
	e.report(r, at, notify.EventUploadingProgress, nil)
	e.on(r, at.Add(progressInterval), func(at time.Time) { e.reportProgress(r, at) })
}

// reportLostWorker reports the last files of a lost server, and later the failover.
func (e *events) reportLostWorker(r *recorder.Recorder, at time.Time) {
	e.reportFiles(r, at)
	if number := len(r.Moves); !r.Ended {
		e.on(r, r.FailoverUntil, func(at time.Time) { e.reportFailover(r, number, at) })
	}
}

// reportFailover reports the failover once the recorder has rejoined the channel.
func (e *events) reportFailover(r *recorder.Recorder, number int, at time.Time) {
	if r.OverBy(at) || len(r.Moves) > number {
		return
	}
	moved := r.Moves[number-1]
	e.reportAs(r, at, notify.EventSessionFailover, notify.Details{"newUid": moved.UID}, r.PartUID(number-1))
	e.report(r, at, notify.EventUploaderStarted, nil)
	e.reportStart(r, at)
	e.followPart(r, number)
}
