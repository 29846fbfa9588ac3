// SPDX-License-Identifier: Apache-2.0

package request

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const (
	defaultCaptureInterval = int(recorder.DefaultCaptureInterval / time.Second)
	minCaptureInterval     = 5
	maxCaptureInterval     = 3600
)

// configureSnapshot reads the configuration of screenshots, which require video.
func configureSnapshot(r *recorder.Recorder, request Body) *Refusal {
	if !request.has("snapshotConfig") || r.Mode != recorder.ModeIndividual {
		return nil
	}
	snapshot := request.object("snapshotConfig")
	types, _ := member[[]string](snapshot, "fileType", nil)
	interval, ok := snapshot.number("captureInterval", defaultCaptureInterval, minCaptureInterval, maxCaptureInterval)
	if !ok || !slices.Equal(types, []string{"jpg"}) {
		return invalid("invalid snapshotConfig")
	}
	switch recording := request.object("recordingConfig"); {
	case r.StreamTypes == recorder.StreamTypeAudio:
		return invalid("snapshotConfig needs video: streamTypes must be 1 or 2")
	case recording.hasAny("subscribeAudioUids") && !recording.hasAny("subscribeVideoUids"):
		return invalid("snapshotConfig needs video: subscribeVideoUids must be set with subscribeAudioUids")
	}
	r.Snapshot, r.CaptureInterval = true, time.Duration(interval)*time.Second
	if !request.has("recordingFileConfig") {
		r.AvFileType = nil // screenshots only
	}
	return nil
}
