// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"slices"

	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

const (
	// maxFiles limits the files of an event.
	maxFiles = 1000

	// maxWordBytes limits each text of a file except its name.
	maxWordBytes = 64

	// maxProgress is the progress of a complete upload.
	maxProgress = 10_000
)

// readDetails reads the details that are specific to the type.
func (e *Event) readDetails(details agora.Members) {
	switch e.Type {
	case CloudRecordingError, CloudRecordingWarning, DownloadFailed:
		e.Failure = readFailure(e.Type, details)
	case CloudRecordingStatusUpdate, Uploaded, Backuped, UploaderStarted, RecorderStarted, CloudRecordingFileInfos:
		e.Status = details.Number32("status")
		e.Files = boundFiles(agora.Files(details["fileList"]))
	case SessionExit:
		e.ExitStatus = details.Number32("exitStatus")
	case SessionFailover:
		e.NewUID = clean(details.Text("newUid"))
	case UploadingProgress:
		if progress := details.Number32("progress"); progress != nil && *progress >= 0 && *progress <= maxProgress {
			e.Progress = progress
		}
	case RecorderLeave:
		e.LeaveCode = details.Number32("leaveCode")
	case RecorderSnapshotFile:
		e.Files = boundFiles(agora.Files(details["fileName"]))
	case WebRecorderStarted, WebRecorderStopped, WebRecorderCapabilityLimit, WebRecorderReload, RTMPPublishStatus:
		e.readWebDetails(details)
	case TranscoderCompleted, PostponeTranscodeFinalResult:
		e.Result = clean(details.Text("result"))
		e.Files = boundFiles(append(agora.Files(details["fileList"]), filesByUID(details.Objects("uids"))...))
	default:
	}
}

// readWebDetails reads the details of events that only web recordings send.
func (e *Event) readWebDetails(details agora.Members) {
	switch e.Type {
	case WebRecorderStarted:
		e.StartTime = milliseconds(details["recorderStartTime"])
	case WebRecorderStopped:
		if code := details.Number32("code"); code != nil {
			e.WebStop = &WebStop{
				Code: *code, Message: clean(details.Text("message")), Details: clean(details.Text("details")),
			}
		}
		e.Files = boundFiles(agora.Files(details["fileList"]))
	case WebRecorderCapabilityLimit:
		e.Cause = clean(details.Text("limitType"))
	case WebRecorderReload:
		e.Cause = clean(details.Text("reason"))
	case RTMPPublishStatus:
		e.Publish = &Publish{
			RTMPURL: withoutSecrets(details.Text("rtmpUrl")),
			Status:  clean(details.Text("status")),
		}
	default:
	}
}

func readFailure(eventType Type, details agora.Members) *Failure {
	number := func(name string) int32 { return ptr.Deref(details.Number32(name), 0) }
	failure := &Failure{Module: number("module")}
	switch eventType {
	case CloudRecordingError:
		failure.Level, failure.Code = number("errorLevel"), number("errorCode")
		failure.Message = clean(details.Text("errorMsg"))
	case CloudRecordingWarning:
		failure.Code = number("warnCode")
	case DownloadFailed:
		failure.Message = clean(details.Text("fileName"))
	default:
	}
	return failure
}

// filesByUID reads files that are grouped by user.
func filesByUID(users []agora.Members) []v1alpha1.RecordedFile {
	var files []v1alpha1.RecordedFile
	for _, user := range users {
		for _, file := range agora.Files(user["fileList"]) {
			if file.UID == "" {
				file.UID = user.Text("uid")
			}
			files = append(files, file)
		}
	}
	return files
}

// boundFiles drops files whose names are too long for any object in a bucket. A truncated
// name would be the name of another file.
func boundFiles(files []v1alpha1.RecordedFile) []v1alpha1.RecordedFile {
	files = slices.DeleteFunc(files, func(file v1alpha1.RecordedFile) bool { return len(file.FileName) > maxTextBytes })
	files = files[:min(len(files), maxFiles)]
	for i := range files {
		files[i].TrackType, files[i].UID = cut(files[i].TrackType, maxWordBytes), cut(files[i].UID, maxWordBytes)
	}
	if len(files) == 0 {
		return nil
	}
	return files
}
