// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"fmt"
	"maps"
	"slices"
)

// The event types of Cloud Recording.
const (
	EventError                  = 1
	EventWarning                = 2
	EventStatusUpdate           = 3
	EventFileInfos              = 4
	EventSessionExit            = 11
	EventSessionFailover        = 12
	EventHighAvailability       = 13
	EventUploaderStarted        = 30
	EventUploaded               = 31
	EventBackuped               = 32
	EventUploadingProgress      = 33
	EventRecorderStarted        = 40
	EventRecorderLeave          = 41
	EventSliceStart             = 42
	EventAudioStreamState       = 43
	EventVideoStreamState       = 44
	EventSnapshotFile           = 45
	EventVODStarted             = 60
	EventVODTriggered           = 61
	EventWebRecorderStarted     = 70
	EventWebRecorderStopped     = 71
	EventWebCapabilityLimit     = 72
	EventWebReload              = 73
	EventTranscoderStarted      = 80
	EventTranscoderCompleted    = 81
	EventDownloadFailed         = 90
	EventRTMPPublishStatus      = 100
	EventPostponeTranscodeFinal = 1001
)

// Values of serviceType.
const (
	serviceTypeService    = 0
	serviceTypeRecorder   = 1
	serviceTypeUploader   = 2
	serviceTypeExtension  = 4
	serviceTypeWeb        = 6
	serviceTypeTranscoder = 7
	serviceTypeDownload   = 8
)

// eventType is what all events of a type share.
type eventType struct {
	name        string // msgName
	serviceType int
}

// eventTypes are all types that Agora documents.
var eventTypes = map[int]eventType{
	EventError:           {"cloud_recording_error", serviceTypeService},
	EventWarning:         {"cloud_recording_warning", serviceTypeService},
	EventStatusUpdate:    {"cloud_recording_status_update", serviceTypeService},
	EventFileInfos:       {"cloud_recording_file_infos", serviceTypeService},
	EventSessionExit:     {"session_exit", serviceTypeService},
	EventSessionFailover: {"session_failover", serviceTypeService},
	// Only Agora's best practices mention this event, without its content.
	EventHighAvailability:       {"high_availability_registered", serviceTypeService},
	EventUploaderStarted:        {"uploader_started", serviceTypeUploader},
	EventUploaded:               {"uploaded", serviceTypeUploader},
	EventBackuped:               {"backuped", serviceTypeUploader},
	EventUploadingProgress:      {"uploading_progress", serviceTypeUploader},
	EventRecorderStarted:        {"recorder_started", serviceTypeRecorder},
	EventRecorderLeave:          {"recorder_leave", serviceTypeRecorder},
	EventSliceStart:             {"recorder_slice_start", serviceTypeRecorder},
	EventAudioStreamState:       {"recorder_audio_stream_state_changed", serviceTypeRecorder},
	EventVideoStreamState:       {"recorder_video_stream_state_changed", serviceTypeRecorder},
	EventSnapshotFile:           {"recorder_snapshot_file", serviceTypeRecorder},
	EventVODStarted:             {"vod_started", serviceTypeExtension},
	EventVODTriggered:           {"vod_triggered", serviceTypeExtension},
	EventWebRecorderStarted:     {"web_recorder_started", serviceTypeWeb},
	EventWebRecorderStopped:     {"web_recorder_stopped", serviceTypeWeb},
	EventWebCapabilityLimit:     {"web_recorder_capability_limit", serviceTypeWeb},
	EventWebReload:              {"web_recorder_reload", serviceTypeWeb},
	EventTranscoderStarted:      {"transcoder_started", serviceTypeTranscoder},
	EventTranscoderCompleted:    {"transcoder_completed", serviceTypeTranscoder},
	EventDownloadFailed:         {"download_failed", serviceTypeDownload},
	EventRTMPPublishStatus:      {"rtmp_publish_status", serviceTypeExtension},
	EventPostponeTranscodeFinal: {"postpone_transcode_final_result", serviceTypeTranscoder},
}

// EventTypes returns the numbers of all event types in ascending order.
func EventTypes() []int { return slices.Sorted(maps.Keys(eventTypes)) }

// CheckEventType returns an error if a number is not an event type.
func CheckEventType(number int) error {
	if _, ok := eventTypes[number]; ok {
		return nil
	}
	return fmt.Errorf("event type %d is unknown: it must be one of %v", number, EventTypes())
}

// Details are the member "details" of an event, without its msgName.
type Details map[string]any
