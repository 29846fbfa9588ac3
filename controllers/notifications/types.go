// SPDX-License-Identifier: Apache-2.0

package notifications

import "cloudrecording.dev/operator/api/v1alpha1"

// Type is Agora's number for a type of event.
type Type int32

// The types of events that Agora documents for cloud recording.
const (
	// CloudRecordingError says that something failed.
	CloudRecordingError Type = 1

	// CloudRecordingWarning says that something went wrong that Agora goes on after.
	CloudRecordingWarning Type = 2

	// CloudRecordingStatusUpdate says how the recording is when a call did not fit.
	CloudRecordingStatusUpdate Type = 3

	// CloudRecordingFileInfos names the index when it is uploaded first.
	CloudRecordingFileInfos Type = 4

	// SessionExit says that the recorder has exited.
	SessionExit Type = 11

	// SessionFailover says that the recorder was moved to another server.
	SessionFailover Type = 12

	// HighAvailabilityRegistration is named by Agora, and not described.
	HighAvailabilityRegistration Type = 13

	// UploaderStarted says that the upload began.
	UploaderStarted Type = 30

	// Uploaded says that all files are in the bucket.
	Uploaded Type = 31

	// Backuped says that files are in Agora's backup, and are transferred later.
	Backuped Type = 32

	// UploadingProgress says how much is uploaded.
	UploadingProgress Type = 33

	// RecorderStarted says that the recorder runs.
	RecorderStarted Type = 40

	// RecorderLeave says that the recorder has left the channel.
	RecorderLeave Type = 41

	// RecorderSliceStart says that a slice began.
	RecorderSliceStart Type = 42

	// RecorderAudioStreamStateChanged says that a user's audio came or went.
	RecorderAudioStreamStateChanged Type = 43

	// RecorderVideoStreamStateChanged says that a user's video came or went.
	RecorderVideoStreamStateChanged Type = 44

	// RecorderSnapshotFile names a screenshot.
	RecorderSnapshotFile Type = 45

	// VODStarted says that the upload to a video-on-demand service began.
	VODStarted Type = 60

	// VODTriggered says that the video-on-demand service has all files.
	VODTriggered Type = 61

	// WebRecorderStarted says that the recording of a page began.
	WebRecorderStarted Type = 70

	// WebRecorderStopped says that the recording of a page ended.
	WebRecorderStopped Type = 71

	// WebRecorderCapabilityLimit says that a page needs too much, which ends its recording.
	WebRecorderCapabilityLimit Type = 72

	// WebRecorderReload says that a page was loaded again.
	WebRecorderReload Type = 73

	// TranscoderStarted says that transcoding began.
	TranscoderStarted Type = 80

	// TranscoderCompleted names the transcoded files.
	TranscoderCompleted Type = 81

	// DownloadFailed says that files could not be fetched for transcoding.
	DownloadFailed Type = 90

	// RTMPPublishStatus says how the push to a CDN address goes.
	RTMPPublishStatus Type = 100

	// PostponeTranscodeFinalResult names the files of a postponed transcoding.
	PostponeTranscodeFinalResult Type = 1001
)

// BringsNews says whether a recording's status can learn anything from events
// of the type. Types that Agora does not document bring none.
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

// TellsOfStart says whether events of the type say that a recording has begun.
func (t Type) TellsOfStart() bool {
	return t == RecorderStarted || t == WebRecorderStarted
}

// Mode returns the recording mode of a recording that sends events of the type; empty where
// more than one mode may.
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

// IsDocumented says whether Agora documents the type.
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
