// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"slices"
	"time"
)

const (
	defaultCaptureInterval = 10
	minCaptureInterval     = 5
	maxCaptureInterval     = 3600
)

// configureSnapshot reads how screenshots are taken, which need video.
func configureSnapshot(r *recorder, request requestBody) *reply {
	if _, given := request["snapshotConfig"]; !given || r.mode != ModeIndividual {
		return nil
	}
	snapshot := request.object("snapshotConfig")
	types, _ := snapshot.texts("fileType")
	interval, ok := snapshot.number("captureInterval", defaultCaptureInterval, minCaptureInterval, maxCaptureInterval)
	if !ok || !slices.Equal(types, []string{"jpg"}) {
		return invalidParameter("invalid snapshotConfig")
	}
	switch recording := request.object("recordingConfig"); {
	case r.streamTypes == streamTypeAudio:
		return invalidParameter("snapshotConfig needs video: streamTypes must be 1 or 2")
	case recording.hasAny("subscribeAudioUids") && !recording.hasAny("subscribeVideoUids"):
		return invalidParameter("snapshotConfig needs video: subscribeVideoUids must be set with subscribeAudioUids")
	}
	r.snapshot, r.captureInterval = true, time.Duration(interval)*time.Second
	if _, given := request["recordingFileConfig"]; !given {
		r.avFileType = nil // screenshots only
	}
	return nil
}
