// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The events of Cloud Recording that Agora notifies of.
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

// Details are the member "details" of an event, without its msgName.
type Details map[string]any

// eventType is what there is to know about a type of event.
type eventType struct {
	number      int
	name        string // msgName
	serviceType int
	// example returns the details that an event has for which none are given.
	example func(r *recorder, at time.Time) Details
}

// eventTypes returns all that Agora documents.
func eventTypes() []eventType {
	return []eventType{
		{EventError, "cloud_recording_error", serviceTypeService, func(*recorder, time.Time) Details {
			return uploadFailed()
		}},
		{EventWarning, "cloud_recording_warning", serviceTypeService, func(*recorder, time.Time) Details {
			return backupWarning()
		}},
		{EventStatusUpdate, "cloud_recording_status_update", serviceTypeService, statusUpdate},
		{EventFileInfos, "cloud_recording_file_infos", serviceTypeService, func(r *recorder, at time.Time) Details {
			return Details{"fileList": latestIndex(r.files(at))}
		}},
		{EventSessionExit, "session_exit", serviceTypeService, fixed("exitStatus", 0)},
		{EventSessionFailover, "session_failover", serviceTypeService, fixed("newUid", newUID())},
		// Agora's best practices name this event alone, without its content.
		{EventHighAvailability, "high_availability_registered", serviceTypeService, nothingMore},
		{EventUploaderStarted, "uploader_started", serviceTypeUploader, fixed("status", 0)},
		{EventUploaded, "uploaded", serviceTypeUploader, uploadOutcome},
		{EventBackuped, "backuped", serviceTypeUploader, uploadOutcome},
		{EventUploadingProgress, "uploading_progress", serviceTypeUploader, func(r *recorder, at time.Time) Details {
			return Details{"progress": r.progress(at)}
		}},
		{EventRecorderStarted, "recorder_started", serviceTypeRecorder, fixed("status", 0)},
		{EventRecorderLeave, "recorder_leave", serviceTypeRecorder, fixed("leaveCode", leaveSignal)},
		{EventSliceStart, "recorder_slice_start", serviceTypeRecorder, func(_ *recorder, at time.Time) Details {
			return Details{
				"startUtcMs": at.UnixMilli(), "discontinueUtcMs": at.UnixMilli(),
				"mixedAllUser": true, "streamUid": "0", "trackType": "audio_and_video",
			}
		}},
		{EventAudioStreamState, "recorder_audio_stream_state_changed", serviceTypeRecorder, streamState},
		{EventVideoStreamState, "recorder_video_stream_state_changed", serviceTypeRecorder, streamState},
		{EventSnapshotFile, "recorder_snapshot_file", serviceTypeRecorder, func(r *recorder, at time.Time) Details {
			name := fmt.Sprintf("%s__uid_s_%s__uid_e_video_%s.jpg", r.baseName(), defaultPublisher, utcDigits(at))
			return Details{"fileName": r.prefix() + name}
		}},
		{EventVODStarted, "vod_started", serviceTypeExtension, fixed("aliVodInfo", Details{"videoId": "video"})},
		{EventVODTriggered, "vod_triggered", serviceTypeExtension, nothingMore},
		{EventWebRecorderStarted, "web_recorder_started", serviceTypeWeb, func(r *recorder, _ time.Time) Details {
			return Details{"recorderStartTime": r.startedAt.UnixMilli()}
		}},
		{EventWebRecorderStopped, "web_recorder_stopped", serviceTypeWeb, webStop},
		{EventWebCapabilityLimit, "web_recorder_capability_limit", serviceTypeWeb, fixed("limitType", "resolution")},
		{EventWebReload, "web_recorder_reload", serviceTypeWeb, fixed("reason", "page_load_timeout")},
		{EventTranscoderStarted, "transcoder_started", serviceTypeTranscoder, nothingMore},
		{EventTranscoderCompleted, "transcoder_completed", serviceTypeTranscoder, transcoded},
		{EventDownloadFailed, "download_failed", serviceTypeDownload, func(r *recorder, _ time.Time) Details {
			return Details{"vendor": 1, "region": 0, "bucket": "bucket", "fileName": r.prefix() + r.baseName() + ".mp4"}
		}},
		{EventRTMPPublishStatus, "rtmp_publish_status", serviceTypeExtension, func(*recorder, time.Time) Details {
			return Details{"rtmpUrl": "rtmp://example.com/live/stream", "status": "publishing"}
		}},
		{EventPostponeTranscodeFinal, "postpone_transcode_final_result", serviceTypeTranscoder, func(r *recorder, _ time.Time) Details {
			return Details{"result": "total_success", "fileList": transcodedFiles(r)}
		}},
	}
}

func findEventType(number int) (eventType, bool) {
	types := eventTypes()
	i := slices.IndexFunc(types, func(t eventType) bool { return t.number == number })
	if i < 0 {
		return eventType{}, false
	}
	return types[i], true
}

// Modules of errors and warnings.
const (
	moduleRecorder = 0
	moduleUploader = 1
	moduleWeb      = 6
)

// Bits of leaveCode.
const (
	leaveSignal  = 2
	leaveNoUsers = 4
	leaveClient  = 16
)

const levelFatal = 5

func failure(module, code int, message string) Details {
	return Details{"module": module, "errorLevel": levelFatal, "errorCode": code, "stat": 0, "errorMsg": message}
}

// Error codes of the uploader.
const (
	errorCodeStorage = 32
	errorCodeUpload  = 47
)

// wrongStorage is what Agora tells of credentials that do not open the bucket.
func wrongStorage() Details {
	return failure(moduleUploader, errorCodeStorage, "storage configuration is wrong")
}

// backupWarning tells of a slice that was uploaded to Agora's backup.
func backupWarning() Details { return Details{"module": moduleUploader, "warnCode": 32} }

func uploadFailed() Details { return failure(moduleUploader, errorCodeUpload, "upload failed") }

func nothingMore(*recorder, time.Time) Details { return Details{} }

func fixed(key string, value any) func(*recorder, time.Time) Details {
	return func(*recorder, time.Time) Details { return Details{key: value} }
}

func statusUpdate(r *recorder, at time.Time) Details {
	mode := 1
	if r.mode == ModeIndividual {
		mode = 0
	}
	return Details{"status": r.serviceStatus(at), "recordingMode": mode, "fileList": latestIndex(r.files(at))}
}

// uploadOutcome is what the end of an upload tells: of a web recording no files.
func uploadOutcome(r *recorder, at time.Time) Details {
	if r.mode == ModeWeb {
		return Details{"status": 0}
	}
	return Details{"status": 0, "fileList": append([]File{}, r.files(at)...)}
}

func streamState(_ *recorder, at time.Time) Details {
	return Details{"streamUid": defaultPublisher, "state": streamReceived, "UtcMs": at.UnixMilli()}
}

// webStop says why a web recording has ended, and what it was made into.
func webStop(r *recorder, at time.Time) Details {
	code, message := 0, "ok"
	switch r.endedBy {
	case causeMaxDuration:
		code, message = 1, "max_recording_hour"
	case causeFailure:
		code, message = 6, "recorder_error"
	case causeStop, causeIdle, causeTokenExpired:
	}
	return Details{"code": code, "message": message, "details": "", "fileList": webFiles(r.files(at))}
}

func transcoded(r *recorder, _ time.Time) Details {
	return Details{"result": "all_success", "uids": []Details{
		{"uid": defaultPublisher, "result": "success", "fileList": transcodedFiles(r)},
	}}
}

func transcodedFiles(r *recorder) []Details {
	name := fmt.Sprintf("%s__uid_s_%s__uid_e_0.mp4", r.baseName(), defaultPublisher)
	return []Details{{"fileName": r.prefix() + name}}
}

// scene is the value of serviceScene.
func (r *recorder) scene() string {
	switch {
	case r.mode == ModeWeb:
		return "web_record"
	case r.snapshot && len(r.avFileType) == 0:
		return "rtc_snapshot"
	default:
		return "rtc_record"
	}
}

// EventNames returns Agora's names of the events by their types.
func EventNames() map[int]string {
	names := map[int]string{}
	for _, t := range eventTypes() {
		names[t.number] = t.name
	}
	return names
}

// errUnknownEvent names the types that there are.
func errUnknownEvent(number int) error {
	var known []string
	for _, t := range eventTypes() {
		known = append(known, fmt.Sprint(t.number))
	}
	return fmt.Errorf("event type %d is unknown: it must be one of %s", number, strings.Join(known, ", "))
}
