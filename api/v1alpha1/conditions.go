// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Types of the conditions of a CloudRecording.
const (
	// ReadyCondition is True when the recording is as its spec wants it.
	ReadyCondition = "Ready"

	// StoppedCondition is True once the recording is known to have ended.
	StoppedCondition = "Stopped"

	// UploadedCondition is True once there is evidence that the recorded files
	// are in the configured bucket. Its reason names the evidence.
	UploadedCondition = "Uploaded"

	// VerifiedCondition is True once all files were found in the bucket, False
	// while some are missing there, and Unknown while the bucket cannot be read.
	// It is absent without spec.storage, and until the bucket was looked at.
	VerifiedCondition = "Verified"

	// ExpiringCondition is True once nine tenths of spec.start.resourceExpiredHour
	// are over: Agora will soon refuse to stop the recording, which then would go
	// on and be billed. It is also True once nine tenths of the lifetime of a token
	// that the operator minted are over: Agora will soon end the recording. It is
	// absent otherwise.
	ExpiringCondition = "Expiring"

	// ReconcilingCondition is True while the operator works towards the spec,
	// and absent otherwise.
	ReconcilingCondition = "Reconciling"

	// StalledCondition is True while the operator cannot get further unless a
	// person acts, and absent otherwise.
	StalledCondition = "Stalled"
)

// ConditionTypes returns the types of all conditions that the operator sets.
func ConditionTypes() []string {
	return []string{
		ReadyCondition, StoppedCondition, UploadedCondition, VerifiedCondition, ExpiringCondition, ReconcilingCondition, StalledCondition,
	}
}

// StalledReasons returns the reasons by which Stalled can be True.
func StalledReasons() []string {
	return []string{
		// The operator may not work.
		StopSuspendedReason, UpdatingReason,
		// A person must act.
		StartFailedReason, TaskConflictReason, SIDUnknownReason, StartSecretNotFoundReason, NotEnabledReason,
		TokenRejectedReason, CertificateInvalidReason, SecretNotProtectedReason, AccountInactiveReason,
		RecordingEndedReason, ControlWindowEndedReason, WindowMissedReason, TokenLifetimeEndedReason,
		SessionLimitReachedReason, UploadNotConfirmedReason, ProfileNotFoundReason, ProfileIncompleteReason,
		CredentialsNotFoundReason, CredentialsRejectedReason, InvalidRequestReason, ResourceExpiredReason,
		UnexpectedAnswerReason,
	}
}

// EvidenceReasons returns the reasons by which Uploaded can be True: what shows that the
// files are in the bucket, or that there are none.
func EvidenceReasons() []string {
	return []string{ReportedByAgoraReason, NotifiedByAgoraReason, VerifiedInStorageReason, NoRecordedDataReason}
}

// Reasons for which all is as wanted: Ready is True by them.
const (
	// RecordingReason says that the recorder runs, as wanted. It is also the
	// reason for Uploaded being False while that is so.
	RecordingReason = "Recording"

	// UploadedReason says that the recording ended and its files are in the bucket.
	UploadedReason = "Uploaded"

	// NoRecordedDataReason says that the recording ended and that nobody had
	// published anything, so that there is nothing to upload.
	NoRecordedDataReason = "NoRecordedData"

	// NothingToStopReason says that nothing was ever started.
	NothingToStopReason = "NothingToStop"

	// ChannelEmptyReason says that the recording ended since nobody was left in the
	// channel, which spec.onChannelEmpty takes for its normal end.
	ChannelEmptyReason = "ChannelEmpty"

	// ScheduledReason says that spec.window.start is still to come.
	ScheduledReason = "Scheduled"

	// WindowPassedReason says that spec.window.end had passed before the object was
	// created, so that nothing was started.
	WindowPassedReason = "WindowPassed"

	// SuspendedReason says that spec.suspend keeps the operator from its work, and that
	// nothing runs that should not.
	SuspendedReason = "Suspended"
)

// Reasons for which the operator is still at work: Ready is False and
// Reconciling is True by them, and no person needs to act. StopSuspended and Updating
// stall a recording while spec.suspend keeps the operator from its work.
const (
	// StartingReason says that the state of the recorder is not known yet.
	StartingReason = "Starting"

	// StoppingReason says that the recording is being stopped.
	StoppingReason = "Stopping"

	// StopSuspendedReason says that the recording is wanted to stop, and that spec.suspend
	// keeps the operator from stopping it.
	StopSuspendedReason = "StopSuspended"

	// UploadPendingReason says that the recording ended and that there is no
	// evidence yet that its files are in the bucket.
	UploadPendingReason = "UploadPending"

	// RestartingReason says that the recorder ended by itself, and that another
	// session is about to be started by spec.restartPolicy. It is also the reason for
	// Uploaded being False while that is so, and all files so far are uploaded.
	RestartingReason = "Restarting"

	// UpdatingReason says that Agora is being told of an edit of spec.start.
	UpdatingReason = "Updating"

	// AgoraUnavailableReason says that Agora gives no answer, or none that
	// makes sense.
	AgoraUnavailableReason = "AgoraUnavailable"

	// RateLimitedReason says that Agora refuses requests of this account,
	// since it got too many of them.
	RateLimitedReason = "RateLimited"
)

// Reasons for which the operator waits for others: Ready is False and Reconciling
// is True by them, and a person may help.
const (
	// OverloadedReason says that the account runs as many recordings as it may, or
	// that Agora has no server for another: the start waits.
	OverloadedReason = "Overloaded"

	// WaitingForCapacityReason says that as many recordings run as the account's
	// Secret allows, or that Agora has had no room for another recording: the start
	// waits for its turn.
	WaitingForCapacityReason = "WaitingForCapacity"
)

// Reasons for which a person must act: Ready is False and Stalled is True by them.
const (
	// StartFailedReason says that Agora accepted the start and that no recorder
	// came up. It is also a reason for Stopped being True.
	StartFailedReason = "StartFailed"

	// TaskConflictReason says that another recording of the channel runs with the
	// same uid.
	TaskConflictReason = "TaskConflict"

	// SIDUnknownReason says that the recording runs and that its sid was lost, so
	// that it can be neither looked after nor stopped.
	SIDUnknownReason = "SIDUnknown"

	// StartSecretNotFoundReason says that a Secret that spec.start or
	// spec.storage names, or a key in it, is missing.
	StartSecretNotFoundReason = "StartSecretNotFound"

	// NotEnabledReason says that cloud recording is not enabled for the App ID.
	NotEnabledReason = "NotEnabled"

	// TokenRejectedReason says that Agora refuses the token with which the recorder
	// joins the channel.
	TokenRejectedReason = "TokenRejected"

	// CertificateInvalidReason says that a Secret holds no App Certificate where one
	// should be, so that no token can be minted.
	CertificateInvalidReason = "CertificateInvalid"

	// SecretNotProtectedReason says that a Secret which the start needs may go
	// before the recording is stopped, so that nothing is started.
	SecretNotProtectedReason = "SecretNotProtected"

	// AccountInactiveReason says that Agora has suspended the account.
	AccountInactiveReason = "AccountInactive"

	// RecordingEndedReason says that the recording ended though it was wanted
	// to go on. It is also a reason for Stopped being True.
	RecordingEndedReason = "RecordingEnded"

	// ControlWindowEndedReason says that the recording was stopped, by
	// spec.start.onExpiry, before Agora would have refused to.
	ControlWindowEndedReason = "ControlWindowEnded"

	// WindowMissedReason says that nothing was started before spec.window was over.
	WindowMissedReason = "WindowMissed"

	// TokenLifetimeEndedReason says that the recording was stopped, by
	// spec.start.onExpiry, before the end of its token would have ended it.
	TokenLifetimeEndedReason = "TokenLifetimeEnded"

	// SessionLimitReachedReason says that the status can hold no further session, so
	// that none takes the place of the one that ended. It is also a reason for Expiring
	// being True: the session is stopped in time, and none takes its place.
	SessionLimitReachedReason = "SessionLimitReached"

	// UploadNotConfirmedReason says that no evidence of the upload was found
	// within spec.upload.confirmTimeout.
	UploadNotConfirmedReason = "UploadNotConfirmed"

	// ProfileNotFoundReason says that there is no CloudRecordingProfile of the name in
	// spec.profileRef.
	ProfileNotFoundReason = "ProfileNotFound"

	// ProfileIncompleteReason says that the object and its profile together make no whole
	// recording.
	ProfileIncompleteReason = "ProfileIncomplete"

	// CredentialsNotFoundReason says that the Secret, or a key in it, is missing.
	CredentialsNotFoundReason = "CredentialsNotFound"

	// CredentialsRejectedReason says that Agora refused the credentials.
	CredentialsRejectedReason = "CredentialsRejected"

	// InvalidRequestReason says that Agora refuses the request as wrong.
	InvalidRequestReason = "InvalidRequest"

	// ResourceExpiredReason says that Agora takes no more calls for this
	// recording, which may still be running.
	ResourceExpiredReason = "ResourceExpired"

	// UnexpectedAnswerReason says that a request has been refused for five minutes
	// by an answer of which the operator does not know what it means. It goes on
	// trying.
	UnexpectedAnswerReason = "UnexpectedAnswer"
)

// Reasons of the Stopped condition, beside RecordingEnded and NothingToStop.
const (
	// StopAcknowledgedReason says that Agora accepted the stop.
	StopAcknowledgedReason = "StopAcknowledged"

	// AlreadyExitingReason says that the recorder was exiting when it was asked to stop.
	AlreadyExitingReason = "AlreadyExiting"
)

// Reasons of the Uploaded condition, beside Recording and NoRecordedData.
const (
	// ReportedByAgoraReason says that Agora answered that all files are uploaded.
	ReportedByAgoraReason = "ReportedByAgora"

	// NotifiedByAgoraReason says that a signed notification of Agora reported the upload.
	NotifiedByAgoraReason = "NotifiedByAgora"

	// VerifiedInStorageReason says that the files were found in the bucket.
	VerifiedInStorageReason = "VerifiedInStorage"

	// BackupedReason says that files are in Agora's backup, which transfers
	// them to the bucket later.
	BackupedReason = "Backuped"

	// NotReportedReason says that Agora did not report where the files are.
	NotReportedReason = "NotReported"
)

// Reasons of the Expiring condition, beside SessionLimitReached.
const (
	// ControlWindowEndingReason says that Agora will soon refuse to stop the recording.
	ControlWindowEndingReason = "ControlWindowEnding"

	// TokenLifetimeEndingReason says that Agora will soon end the recording, since its
	// token ends.
	TokenLifetimeEndingReason = "TokenLifetimeEnding"
)

// Reasons of the Verified condition, beside VerifiedInStorage, by which it is True.
const (
	// FilesMissingReason says that files are not in the bucket, are empty, or
	// are indexes without an end: Verified is False.
	FilesMissingReason = "FilesMissing"

	// NoFilesFoundReason says that the bucket holds no file of the recording:
	// Verified is False.
	NoFilesFoundReason = "NoFilesFound"

	// StillArrivingReason says that all files found are complete, but that
	// Agora has not named them, so that more may come: Verified is Unknown until
	// nothing has changed for a while.
	StillArrivingReason = "StillArriving"

	// StorageCredentialsNotFoundReason says that the Secret with the key for the
	// bucket, or a key in it, is missing: Verified is Unknown.
	StorageCredentialsNotFoundReason = "StorageCredentialsNotFound"

	// StorageCredentialsRejectedReason says that the storage service refuses the
	// key: Verified is Unknown.
	StorageCredentialsRejectedReason = "StorageCredentialsRejected"

	// StorageAccessDeniedReason says that the key may not list or read the
	// bucket: Verified is Unknown.
	StorageAccessDeniedReason = "StorageAccessDenied"

	// BucketNotFoundReason says that there is no such bucket: Verified is Unknown.
	BucketNotFoundReason = "BucketNotFound"

	// StorageEndpointNotAllowedReason says that the operator may not send
	// requests to the address: Verified is Unknown.
	StorageEndpointNotAllowedReason = "StorageEndpointNotAllowed"

	// StorageUnavailableReason says that the storage service gives no answer, or
	// none that makes sense: Verified is Unknown.
	StorageUnavailableReason = "StorageUnavailable"

	// IndexInvalidReason says that an index cannot be read: Verified is Unknown.
	IndexInvalidReason = "IndexInvalid"
)

// Reasons of the conditions of a CloudRecordingProfile.
const (
	// SecretsFoundReason says that the Secrets that a profile names are there, and of the
	// right form: Ready is True.
	SecretsFoundReason = "SecretsFound"

	// SecretsNotFoundReason says that a Secret that a profile names, or a key in it, is
	// missing: Ready is False and Stalled is True.
	SecretsNotFoundReason = "SecretsNotFound"
)

// Reasons of the conditions of a CloudRecordingSchedule, beside Scheduled and Suspended, by
// which Ready is True.
const (
	// ScheduleEndedReason says that no further occurrence is to come: Ready is True.
	ScheduleEndedReason = "ScheduleEnded"

	// OccurrencesOverlapReason says that occurrences are skipped, since those before them
	// last longer than until they begin: Ready is True.
	OccurrencesOverlapReason = "OccurrencesOverlap"

	// InvalidScheduleReason says that an expression or the time zone cannot be what it
	// is: Ready is False and Stalled is True.
	InvalidScheduleReason = "InvalidSchedule"

	// OutsideShardReason says that the operator would not look after what the schedule
	// makes, by its labels: Ready is False and Stalled is True.
	OutsideShardReason = "OutsideShard"

	// NameTakenReason says that another CloudRecording has the name of an occurrence:
	// Ready is False and Stalled is True.
	NameTakenReason = "NameTaken"

	// RecordingRefusedReason says that the API server refuses the CloudRecording of an
	// occurrence: Ready is False and Stalled is True.
	RecordingRefusedReason = "RecordingRefused"

	// ReplacingReason says that recordings go that the schedule no longer wants:
	// Reconciling is True.
	ReplacingReason = "Replacing"
)

// Reasons of the events of a CloudRecordingSchedule.
const (
	// OccurrenceMadeReason says that the CloudRecording of an occurrence was made.
	OccurrenceMadeReason = "OccurrenceMade"

	// OccurrencesMissedReason says that occurrences were missed.
	OccurrencesMissedReason = "OccurrencesMissed"

	// OccurrenceDeletedReason says that a CloudRecording was deleted that the schedule no
	// longer wants or keeps.
	OccurrenceDeletedReason = "OccurrenceDeleted"

	// OccurrenceReplacedReason says that a CloudRecording ends, since another begins.
	OccurrenceReplacedReason = "OccurrenceReplaced"
)

// StatusNotWrittenReason is the reason of the event that says that the status of an
// object cannot be written.
const StatusNotWrittenReason = "StatusNotWritten"

// RequestsLimitedReason is the reason of the event that names the Secret by which
// the account sends fewer requests than the recording's own Secret says, or fewer
// than that Secret can ask for.
const RequestsLimitedReason = "RequestsLimited"

// Reasons of the events that tell of Agora's notifications, of what leaves the status,
// and of labels that were changed. The other events have the reason of the condition that they report.
const (
	// NotifiedErrorReason says that Agora notified an error.
	NotifiedErrorReason = "NotifiedError"

	// NotifiedWarningReason says that Agora notified a warning.
	NotifiedWarningReason = "NotifiedWarning"

	// RecorderMovedReason says that the recorder was moved to another server.
	RecorderMovedReason = "RecorderMoved"

	// RecorderExitedReason says that the recorder left or exited, and why.
	RecorderExitedReason = "RecorderExited"

	// SessionDroppedReason says that a session left the status to make room for another.
	SessionDroppedReason = "SessionDropped"
	// LeftShardReason says that the object's labels no longer match what the
	// operator that looked after it watches.
	LeftShardReason = "LeftShard"

	// NotificationGivenUpReason says that what Agora notified could not be written into
	// the status and is only in the operator's log.
	NotificationGivenUpReason = "NotificationGivenUp"

	// UnownedRecordingReason says that Agora notifies of a recording that no object has.
	UnownedRecordingReason = "UnownedRecording"

	// ProfileResolvedReason says which version of its profile holds for a recording.
	ProfileResolvedReason = "ProfileResolved"

	// PageReloadedReason says that the recorder of a web page loaded it again.
	PageReloadedReason = "PageReloaded"
)
