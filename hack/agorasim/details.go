// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"fmt"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// exampleDetails are those of an event for which none are given.
func exampleDetails(eventType int, m bucket.Media) Details {
	if example, ok := examples[eventType]; ok {
		return example(m)
	}
	return Details{}
}

// examples are those of the types of events that have details.
var examples = map[int]func(bucket.Media) Details{
	EventError:        func(bucket.Media) Details { return uploadFailed() },
	EventWarning:      func(bucket.Media) Details { return backupWarning() },
	EventStatusUpdate: statusUpdate,
	EventFileInfos: func(m bucket.Media) Details {
		return Details{"fileList": bucket.LatestIndex(m.Files())}
	},
	EventSessionExit:            fixed("exitStatus", 0),
	EventSessionFailover:        fixed("newUid", 1),
	notify.EventUploaderStarted: fixed("status", 0),
	EventUploaded:               uploadOutcome,
	EventBackuped:               uploadOutcome,
	EventUploadingProgress:      func(m bucket.Media) Details { return Details{"progress": m.Progress()} },
	EventRecorderStarted:        fixed("status", 0),
	EventRecorderLeave:          fixed("leaveCode", leaveSignal),
	EventSliceStart: func(m bucket.Media) Details {
		return Details{
			"startUtcMs": m.At().UnixMilli(), "discontinueUtcMs": m.At().UnixMilli(),
			"mixedAllUser": true, "streamUid": "0", "trackType": "audio_and_video",
		}
	},
	notify.EventAudioStreamState: streamState,
	notify.EventVideoStreamState: streamState,
	EventSnapshotFile: func(m bucket.Media) Details {
		name := fmt.Sprintf("%s__uid_s_%s__uid_e_video_%s.jpg", m.BaseName(), defaultPublisher, bucket.UTCDigits(m.At()))
		return Details{"fileName": m.Prefix() + name}
	},
	notify.EventVODStarted: fixed("aliVodInfo", Details{"videoId": "video"}),
	EventWebRecorderStarted: func(m bucket.Media) Details {
		return Details{"recorderStartTime": m.StartedAt.UnixMilli()}
	},
	EventWebRecorderStopped:        webStop,
	notify.EventWebCapabilityLimit: fixed("limitType", "resolution"),
	EventWebReload:                 fixed("reason", "page_load_timeout"),
	EventTranscoderCompleted: func(m bucket.Media) Details {
		return Details{"result": "all_success", "uids": []Details{
			{"uid": defaultPublisher, "result": "success", "fileList": transcodedFiles(m)},
		}}
	},
	notify.EventDownloadFailed: func(m bucket.Media) Details {
		return Details{"vendor": 1, "region": 0, "bucket": "bucket", "fileName": m.Prefix() + m.BaseName() + ".mp4"}
	},
	EventRTMPPublishStatus: func(bucket.Media) Details {
		return Details{"rtmpUrl": "rtmp://example.com/live/stream", "status": "publishing"}
	},
	EventPostponeTranscodeFinal: func(m bucket.Media) Details {
		return Details{"result": "total_success", "fileList": transcodedFiles(m)}
	},
}

func fixed(key string, value any) func(bucket.Media) Details {
	return func(bucket.Media) Details { return Details{key: value} }
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

func statusUpdate(m bucket.Media) Details {
	mode := 1
	if m.Mode == ModeIndividual {
		mode = 0
	}
	return Details{"status": m.ServiceStatus(m.At()), "recordingMode": mode, "fileList": bucket.LatestIndex(m.Files())}
}

// uploadOutcome is what the end of an upload tells: of a web recording no files.
func uploadOutcome(m bucket.Media) Details {
	if m.Mode == ModeWeb {
		return Details{"status": 0}
	}
	return Details{"status": 0, "fileList": append([]bucket.File{}, m.Files()...)}
}

func streamState(m bucket.Media) Details {
	return Details{"streamUid": defaultPublisher, "state": streamReceived, "UtcMs": m.At().UnixMilli()}
}

// webStop says why a web recording has ended, and what it was made into.
func webStop(m bucket.Media) Details {
	code, message := 0, "ok"
	switch m.EndedBy {
	case recorder.CauseMaxDuration:
		code, message = 1, "max_recording_hour"
	case recorder.CauseFailure:
		code, message = 6, "recorder_error"
	case recorder.CauseStop, recorder.CauseIdle, recorder.CauseTokenExpired:
	}
	return Details{"code": code, "message": message, "details": "", "fileList": webFiles(m.Files())}
}

func transcodedFiles(m bucket.Media) []Details {
	name := fmt.Sprintf("%s__uid_s_%s__uid_e_0.mp4", m.BaseName(), defaultPublisher)
	return []Details{{"fileName": m.Prefix() + name}}
}

// scene is the value of serviceScene.
func scene(r *recorder.Recorder) string {
	switch {
	case r.Mode == ModeWeb:
		return "web_record"
	case r.Snapshot && len(r.AvFileType) == 0:
		return "rtc_snapshot"
	default:
		return "rtc_record"
	}
}
