// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"fmt"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// exampleDetails returns the details of an event for which none are given.
func exampleDetails(eventType int, m bucket.Media) notify.Details {
	if example, ok := examples[eventType]; ok {
		return example(m)
	}
	return notify.Details{}
}

// examples are the details of each event type that has any.
var examples = map[int]func(bucket.Media) notify.Details{
	notify.EventError:        func(bucket.Media) notify.Details { return uploadFailed() },
	notify.EventWarning:      func(bucket.Media) notify.Details { return backupWarning() },
	notify.EventStatusUpdate: statusUpdate,
	notify.EventFileInfos: func(m bucket.Media) notify.Details {
		return notify.Details{"fileList": bucket.LatestIndex(m.Files())}
	},
	notify.EventSessionExit:       fixed("exitStatus", 0),
	notify.EventSessionFailover:   fixed("newUid", 1),
	notify.EventUploaderStarted:   fixed("status", 0),
	notify.EventUploaded:          uploadOutcome,
	notify.EventBackuped:          uploadOutcome,
	notify.EventUploadingProgress: func(m bucket.Media) notify.Details { return notify.Details{"progress": m.Progress()} },
	notify.EventRecorderStarted:   fixed("status", 0),
	notify.EventRecorderLeave:     fixed("leaveCode", leaveSignal),
	notify.EventSliceStart: func(m bucket.Media) notify.Details {
		return notify.Details{
			"startUtcMs": m.At.UnixMilli(), "discontinueUtcMs": m.At.UnixMilli(),
			"mixedAllUser": true, "streamUid": "0", "trackType": "audio_and_video",
		}
	},
	notify.EventAudioStreamState: streamState,
	notify.EventVideoStreamState: streamState,
	notify.EventSnapshotFile: func(m bucket.Media) notify.Details {
		name := fmt.Sprintf("%s__uid_s_%s__uid_e_video_%s.jpg", m.BaseName(), defaultPublisher, bucket.UTCDigits(m.At))
		return notify.Details{"fileName": m.Prefix() + name}
	},
	notify.EventVODStarted: fixed("aliVodInfo", notify.Details{"videoId": "video"}),
	notify.EventWebRecorderStarted: func(m bucket.Media) notify.Details {
		return notify.Details{"recorderStartTime": m.StartedAt.UnixMilli()}
	},
	notify.EventWebRecorderStopped: webStop,
	notify.EventWebCapabilityLimit: fixed("limitType", "resolution"),
	notify.EventWebReload:          fixed("reason", "page_load_timeout"),
	notify.EventTranscoderCompleted: func(m bucket.Media) notify.Details {
		return notify.Details{"result": "all_success", "uids": []notify.Details{
			{"uid": defaultPublisher, "result": "success", "fileList": transcodedFiles(m)},
		}}
	},
	notify.EventDownloadFailed: func(m bucket.Media) notify.Details {
		return notify.Details{"vendor": 1, "region": 0, "bucket": "bucket", "fileName": m.Prefix() + m.BaseName() + ".mp4"}
	},
	notify.EventRTMPPublishStatus: func(bucket.Media) notify.Details {
		return notify.Details{"rtmpUrl": "rtmp://example.com/live/stream", "status": "publishing"}
	},
	notify.EventPostponeTranscodeFinal: func(m bucket.Media) notify.Details {
		return notify.Details{"result": "total_success", "fileList": transcodedFiles(m)}
	},
}

func fixed(key string, value any) func(bucket.Media) notify.Details {
	return func(bucket.Media) notify.Details { return notify.Details{key: value} }
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

func failure(module, code int, message string) notify.Details {
	return notify.Details{"module": module, "errorLevel": levelFatal, "errorCode": code, "stat": 0, "errorMsg": message}
}

// Error codes of the uploader.
const (
	errorCodeStorage = 32
	errorCodeUpload  = 47
)

// wrongStorage returns the details for credentials that do not open the bucket.
func wrongStorage() notify.Details {
	return failure(moduleUploader, errorCodeStorage, "storage configuration is wrong")
}

// backupWarning returns the details for a slice that was uploaded to Agora's backup.
func backupWarning() notify.Details { return notify.Details{"module": moduleUploader, "warnCode": 32} }

func uploadFailed() notify.Details { return failure(moduleUploader, errorCodeUpload, "upload failed") }

func statusUpdate(m bucket.Media) notify.Details {
	mode := 1
	if m.Mode == recorder.ModeIndividual {
		mode = 0
	}
	return notify.Details{"status": m.ServiceStatus(m.At), "recordingMode": mode, "fileList": bucket.LatestIndex(m.Files())}
}

// uploadOutcome returns the details for the end of an upload. For a web recording, it
// names no files.
func uploadOutcome(m bucket.Media) notify.Details {
	if m.Mode == recorder.ModeWeb {
		return notify.Details{"status": 0}
	}
	return notify.Details{"status": 0, "fileList": append([]bucket.File{}, m.Files()...)}
}

func streamState(m bucket.Media) notify.Details {
	return notify.Details{"streamUid": defaultPublisher, "state": streamReceived, "UtcMs": m.At.UnixMilli()}
}

// webStop returns why a web recording ended, and the files that it produced.
func webStop(m bucket.Media) notify.Details {
	code, message := 0, "ok"
	switch m.EndedBy {
	case recorder.CauseMaxDuration:
		code, message = 1, "max_recording_hour"
	case recorder.CauseFailure:
		code, message = 6, "recorder_error"
	case recorder.CauseStop, recorder.CauseIdle, recorder.CauseTokenExpired:
	}
	return notify.Details{"code": code, "message": message, "details": "", "fileList": webFiles(m.Files())}
}

func transcodedFiles(m bucket.Media) []notify.Details {
	name := fmt.Sprintf("%s__uid_s_%s__uid_e_0.mp4", m.BaseName(), defaultPublisher)
	return []notify.Details{{"fileName": m.Prefix() + name}}
}

// scene returns the value of serviceScene.
func scene(r *recorder.Recorder) string {
	switch {
	case r.Mode == recorder.ModeWeb:
		return "web_record"
	case r.Snapshot && len(r.AvFileType) == 0:
		return "rtc_snapshot"
	default:
		return "rtc_record"
	}
}
