// SPDX-License-Identifier: Apache-2.0

package notifications

import "cloudrecording.dev/operator/api/v1alpha1"

// Type is Agora's number for a type of event.
type Type int32

// The event types that Agora documents for cloud recording.
const (
	// CloudRecordingError means that something failed.
	CloudRecordingError Type = 1

	// CloudRecordingWarning means that something went wrong and Agora continues.
	CloudRecordingWarning Type = 2

	// CloudRecordingStatusUpdate reports the state of the recording after a call that did
	// not fit it.
	CloudRecordingStatusUpdate Type = 3

	// CloudRecordingFileInfos names the index file when it is first uploaded.
	CloudRecordingFileInfos Type = 4

	// SessionExit means that the recorder has exited.
	SessionExit Type = 11

	// SessionFailover means that the recorder was moved to another server.
	SessionFailover Type = 12

	// HighAvailabilityRegistration is listed by Agora without a description.
	HighAvailabilityRegistration Type = 13

	// UploaderStarted means that the upload began.
	UploaderStarted Type = 30

	// Uploaded means that all files are in the bucket.
	Uploaded Type = 31

	// Backuped means that files are in Agora's backup and are transferred later.
	Backuped Type = 32

	// UploadingProgress reports the progress of the upload.
	UploadingProgress Type = 33

	// RecorderStarted means that the recorder is running.
	RecorderStarted Type = 40

	// RecorderLeave means that the recorder has left the channel.
	RecorderLeave Type = 41

	// RecorderSliceStart means that a slice began.
	RecorderSliceStart Type = 42

	// RecorderAudioStreamStateChanged means that a user's audio started or stopped.
	RecorderAudioStreamStateChanged Type = 43

	// RecorderVideoStreamStateChanged means that a user's video started or stopped.
	RecorderVideoStreamStateChanged Type = 44

	// RecorderSnapshotFile names a screenshot.
	RecorderSnapshotFile Type = 45

	// VODStarted means that the upload to a video-on-demand service began.
	VODStarted Type = 60

	// VODTriggered means that the video-on-demand service has all files.
	VODTriggered Type = 61

	// WebRecorderStarted means that the recording of a web page began.
	WebRecorderStarted Type = 70

	// WebRecorderStopped means that the recording of a web page ended.
	WebRecorderStopped Type = 71

	// WebRecorderCapabilityLimit means that the recording of a web page ended because the
	// page needs too many resources.
	WebRecorderCapabilityLimit Type = 72

	// WebRecorderReload means that a web page was reloaded.
	WebRecorderReload Type = 73

	// TranscoderStarted means that transcoding began.
	TranscoderStarted Type = 80

	// TranscoderCompleted names the transcoded files.
	TranscoderCompleted Type = 81

	// DownloadFailed means that files could not be fetched for transcoding.
	DownloadFailed Type = 90

	// RTMPPublishStatus reports the state of publishing to a CDN address.
	RTMPPublishStatus Type = 100

	// PostponeTranscodeFinalResult names the files of a postponed transcoding.
	PostponeTranscodeFinalResult Type = 1001
)

// BringsNews reports whether events of the type can change a recording's status. Types
// that Agora does not document cannot.
func (t Type) BringsNews() bool {
	switch t {
	case CloudRecordingError, CloudRecordingWarning, CloudRecordingStatusUpdate, CloudRecordingFileInfos,
		SessionExit, SessionFailover,
		Uploaded, Backuped, UploadingProgress,
		RecorderStarted, RecorderLeave, RecorderSnapshotFile,
		WebRecorderStarted, WebRecorderStopped, WebRecorderCapabilityLimit, WebRecorderReload,
		TranscoderCompleted, DownloadFailed, RTMPPublishStatus, PostponeTranscodeFinalResult:
		return true
	default:
		return false
	}
}

// TellsOfStart reports whether events of the type mean that a recording has begun.
func (t Type) TellsOfStart() bool {
	return t == RecorderStarted || t == WebRecorderStarted
}

// Mode returns the recording mode that sends events of the type. It is empty if more than
// one mode does.
func (t Type) Mode() v1alpha1.RecordingMode {
	switch t {
	case WebRecorderStarted, WebRecorderStopped, WebRecorderCapabilityLimit, WebRecorderReload, RTMPPublishStatus:
		return v1alpha1.WebMode
	case RecorderSnapshotFile:
		return v1alpha1.IndividualMode
	default:
		return ""
	}
}

// IsDocumented reports whether Agora documents the type.
func (t Type) IsDocumented() bool {
	switch t {
	case HighAvailabilityRegistration, UploaderStarted,
		RecorderSliceStart, RecorderAudioStreamStateChanged, RecorderVideoStreamStateChanged,
		VODStarted, VODTriggered, TranscoderStarted:
		return true
	default:
		return t.BringsNews()
	}
}
