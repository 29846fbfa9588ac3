// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Types of the conditions of a CloudRecording.
const (
	// ReadyCondition is True when the recording is in the state that its spec describes.
	ReadyCondition = "Ready"

	// StoppedCondition is True once the recording is known to have ended.
	StoppedCondition = "Stopped"

	// UploadedCondition is True once there is evidence that the recorded files
	// are in the configured bucket. Its reason names the evidence.
	UploadedCondition = "Uploaded"

	// VerifiedCondition is True once all files were found in the bucket, False while some are
	// missing there, and Unknown while the bucket cannot be read. It is absent without
	// spec.storage, and until the operator has checked the bucket.
	VerifiedCondition = "Verified"

	// ExpiringCondition is True once nine tenths of spec.start.resourceExpiredHour are over:
	// Agora will soon refuse to stop the recording, which then would go on and be billed. It is
	// also True once nine tenths of the lifetime of a token that the operator minted are over:
	// Agora will soon end the recording. It is absent otherwise.
	ExpiringCondition = "Expiring"

	// ReconcilingCondition is True while the operator works towards the spec, and absent
	// otherwise.
	ReconcilingCondition = "Reconciling"

	// StalledCondition is True while the operator cannot make progress unless a person acts,
	// and absent otherwise.
	StalledCondition = "Stalled"
)

// ConditionTypes returns the types of all conditions that the operator sets.
func ConditionTypes() []string {
	return []string{
		ReadyCondition, StoppedCondition, UploadedCondition, VerifiedCondition, ExpiringCondition, ReconcilingCondition, StalledCondition,
	}
}

// StalledReasons returns the reasons with which Stalled can be True.
func StalledReasons() []string {
	return []string{
		// The operator is suspended.
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

// EvidenceReasons returns the reasons with which Uploaded can be True. They are evidence that
// the files are in the bucket, or that there are none.
func EvidenceReasons() []string {
	return []string{ReportedByAgoraReason, NotifiedByAgoraReason, VerifiedInStorageReason, NoRecordedDataReason}
}

// Reasons for which the recording is as wanted: Ready is True.
const (
	// RecordingReason means that the recorder runs, as wanted. While it does, this is also the
	// reason for Uploaded being False.
	RecordingReason = "Recording"

	// UploadedReason means that the recording ended and its files are in the bucket.
	UploadedReason = "Uploaded"

	// NoRecordedDataReason means that the recording ended and that nobody had published
	// anything, so that there is nothing to upload.
	NoRecordedDataReason = "NoRecordedData"

	// NothingToStopReason means that nothing was ever started.
	NothingToStopReason = "NothingToStop"

	// ChannelEmptyReason means that the recording ended because the channel was empty, which
	// spec.onChannelEmpty treats as its normal end.
	ChannelEmptyReason = "ChannelEmpty"

	// ScheduledReason means that spec.window.start is still to come.
	ScheduledReason = "Scheduled"

	// WindowPassedReason means that spec.window.end had passed before the object was created,
	// so that nothing was started.
	WindowPassedReason = "WindowPassed"

	// SuspendedReason means that spec.suspend suspends the operator's work, and that nothing
	// runs that should not.
	SuspendedReason = "Suspended"
)

// Reasons for which the operator is still at work: Ready is False and Reconciling is True, and
// no person needs to act. While spec.suspend is set, StopSuspended and Updating stall a
// recording.
const (
	// StartingReason means that the state of the recorder is not known yet.
	StartingReason = "Starting"

	// StoppingReason means that the recording is being stopped.
	StoppingReason = "Stopping"

	// StopSuspendedReason means that the recording should be stopped, but that spec.suspend
	// keeps the operator from stopping it.
	StopSuspendedReason = "StopSuspended"

	// UploadPendingReason means that the recording ended and that there is no evidence yet that
	// its files are in the bucket.
	UploadPendingReason = "UploadPending"

	// RestartingReason means that the recorder ended by itself, and that spec.restartPolicy is
	// about to start another session. It is also the reason for Uploaded being False in that
	// time, if all files so far are uploaded.
	RestartingReason = "Restarting"

	// UpdatingReason means that an edit of spec.start is being sent to Agora.
	UpdatingReason = "Updating"

	// AgoraUnavailableReason means that Agora gives no answer, or none that makes sense.
	AgoraUnavailableReason = "AgoraUnavailable"

	// RateLimitedReason means that Agora refuses requests of this account because it received
	// too many.
	RateLimitedReason = "RateLimited"
)

// Reasons for which the operator waits for others: Ready is False and Reconciling is True, and
// a person may help.
const (
	// OverloadedReason means that the account runs as many recordings as it may, or that Agora
	// has no server for another. The start waits.
	OverloadedReason = "Overloaded"

	// WaitingForCapacityReason means that as many recordings run as the account's Secret
	// allows, or that Agora has had no capacity for another recording. The start waits for its
	// turn.
	WaitingForCapacityReason = "WaitingForCapacity"
)

// Reasons for which a person must act: Ready is False and Stalled is True.
const (
	// StartFailedReason means that Agora accepted the start and that no recorder came up. It is
	// also a reason for Stopped being True.
	StartFailedReason = "StartFailed"

	// TaskConflictReason means that another recording of the channel runs with the same uid.
	TaskConflictReason = "TaskConflict"

	// SIDUnknownReason means that the recording runs and that its sid was lost, so that it can
	// be neither managed nor stopped.
	SIDUnknownReason = "SIDUnknown"

	// StartSecretNotFoundReason means that a Secret that spec.start or spec.storage names, or a
	// key in it, is missing.
	StartSecretNotFoundReason = "StartSecretNotFound"

	// NotEnabledReason means that cloud recording is not enabled for the App ID.
	NotEnabledReason = "NotEnabled"

	// TokenRejectedReason means that Agora refuses the token with which the recorder joins the
	// channel.
	TokenRejectedReason = "TokenRejected"

	// CertificateInvalidReason means that a Secret does not contain a valid App Certificate, so
	// that no token can be minted.
	CertificateInvalidReason = "CertificateInvalid"

	// SecretNotProtectedReason means that a Secret that the start needs may be deleted before
	// the recording is stopped, so that nothing is started.
	SecretNotProtectedReason = "SecretNotProtected"

	// AccountInactiveReason means that Agora has suspended the account.
	AccountInactiveReason = "AccountInactive"

	// RecordingEndedReason means that the recording ended although it should have continued. It
	// is also a reason for Stopped being True.
	RecordingEndedReason = "RecordingEnded"

	// ControlWindowEndedReason means that spec.start.onExpiry stopped the recording before
	// Agora would have refused to stop it.
	ControlWindowEndedReason = "ControlWindowEnded"

	// WindowMissedReason means that nothing was started before spec.window was over.
	WindowMissedReason = "WindowMissed"

	// TokenLifetimeEndedReason means that spec.start.onExpiry stopped the recording before its
	// token would have expired and ended it.
	TokenLifetimeEndedReason = "TokenLifetimeEnded"

	// SessionLimitReachedReason means that the status has no room for another session, so that
	// none replaces the one that ended. It is also a reason for Expiring being True: the
	// session is stopped in time, and none replaces it.
	SessionLimitReachedReason = "SessionLimitReached"

	// UploadNotConfirmedReason means that no evidence of the upload was found within
	// spec.upload.confirmTimeout.
	UploadNotConfirmedReason = "UploadNotConfirmed"

	// ProfileNotFoundReason means that there is no CloudRecordingProfile with the name in
	// spec.profileRef.
	ProfileNotFoundReason = "ProfileNotFound"

	// ProfileIncompleteReason means that the object and its profile together do not describe a
	// complete recording.
	ProfileIncompleteReason = "ProfileIncomplete"

	// CredentialsNotFoundReason means that the Secret, or a key in it, is missing.
	CredentialsNotFoundReason = "CredentialsNotFound"

	// CredentialsRejectedReason means that Agora refused the credentials.
	CredentialsRejectedReason = "CredentialsRejected"

	// InvalidRequestReason means that Agora refuses the request as wrong.
	InvalidRequestReason = "InvalidRequest"

	// ResourceExpiredReason means that Agora accepts no more calls for this recording, which
	// may still be running.
	ResourceExpiredReason = "ResourceExpired"

	// UnexpectedAnswerReason means that Agora has refused a request for five minutes with an
	// answer that the operator does not know. The operator keeps trying.
	UnexpectedAnswerReason = "UnexpectedAnswer"
)

// Reasons of the Stopped condition, besides RecordingEnded and NothingToStop.
const (
	// StopAcknowledgedReason means that Agora accepted the stop.
	StopAcknowledgedReason = "StopAcknowledged"

	// AlreadyExitingReason means that the recorder was already exiting when it was asked to
	// stop.
	AlreadyExitingReason = "AlreadyExiting"
)

// Reasons of the Uploaded condition, besides Recording and NoRecordedData.
const (
	// ReportedByAgoraReason means that Agora answered that all files are uploaded.
	ReportedByAgoraReason = "ReportedByAgora"

	// NotifiedByAgoraReason means that a signed notification from Agora reported the upload.
	NotifiedByAgoraReason = "NotifiedByAgora"

	// VerifiedInStorageReason means that the files were found in the bucket.
	VerifiedInStorageReason = "VerifiedInStorage"

	// BackupedReason means that files are in Agora's backup, from which Agora transfers them to
	// the bucket later.
	BackupedReason = "Backuped"

	// NotReportedReason means that Agora did not report where the files are.
	NotReportedReason = "NotReported"
)

// Reasons of the Expiring condition, besides SessionLimitReached.
const (
	// ControlWindowEndingReason means that Agora will soon refuse to stop the recording.
	ControlWindowEndingReason = "ControlWindowEnding"

	// TokenLifetimeEndingReason means that Agora will soon end the recording because its token
	// expires.
	TokenLifetimeEndingReason = "TokenLifetimeEnding"
)

// Reasons of the Verified condition, besides VerifiedInStorage, with which it is True.
const (
	// FilesMissingReason means that files are missing in the bucket, are empty, or are indexes
	// without an end. Verified is False.
	FilesMissingReason = "FilesMissing"

	// NoFilesFoundReason means that the bucket contains no file of the recording. Verified is
	// False.
	NoFilesFoundReason = "NoFilesFound"

	// StillArrivingReason means that all files found are complete, but that Agora has not named
	// them, so that more may come. Verified is Unknown until nothing has changed for a while.
	StillArrivingReason = "StillArriving"

	// StorageCredentialsNotFoundReason means that the Secret with the key for the bucket, or a
	// key in it, is missing. Verified is Unknown.
	StorageCredentialsNotFoundReason = "StorageCredentialsNotFound"

	// StorageCredentialsRejectedReason means that the storage service refuses the key. Verified
	// is Unknown.
	StorageCredentialsRejectedReason = "StorageCredentialsRejected"

	// StorageAccessDeniedReason means that the key may not list or read the bucket. Verified is
	// Unknown.
	StorageAccessDeniedReason = "StorageAccessDenied"

	// BucketNotFoundReason means that the bucket does not exist. Verified is Unknown.
	BucketNotFoundReason = "BucketNotFound"

	// StorageEndpointNotAllowedReason means that the operator may not send requests to the
	// address. Verified is Unknown.
	StorageEndpointNotAllowedReason = "StorageEndpointNotAllowed"

	// StorageUnavailableReason means that the storage service gives no answer, or none that
	// makes sense. Verified is Unknown.
	StorageUnavailableReason = "StorageUnavailable"

	// IndexInvalidReason means that an index cannot be read. Verified is Unknown.
	IndexInvalidReason = "IndexInvalid"
)

// Reasons of the conditions of a CloudRecordingProfile.
const (
	// SecretsFoundReason means that the Secrets that a profile names exist and have the right
	// form. Ready is True.
	SecretsFoundReason = "SecretsFound"

	// SecretsNotFoundReason means that a Secret that a profile names, or a key in it, is
	// missing. Ready is False and Stalled is True.
	SecretsNotFoundReason = "SecretsNotFound"
)

// Reasons of the conditions of a CloudRecordingSchedule, besides Scheduled and Suspended, with
// which Ready is True.
const (
	// ScheduleEndedReason means that there are no further occurrences. Ready is True.
	ScheduleEndedReason = "ScheduleEnded"

	// OccurrencesOverlapReason means that occurrences are skipped because earlier ones are
	// still running when they begin. Ready is True.
	OccurrencesOverlapReason = "OccurrencesOverlap"

	// InvalidScheduleReason means that an expression or the time zone is invalid. Ready is
	// False and Stalled is True.
	InvalidScheduleReason = "InvalidSchedule"

	// OutsideShardReason means that the operator would not manage the schedule's recordings
	// because of their labels. Ready is False and Stalled is True.
	OutsideShardReason = "OutsideShard"

	// NameTakenReason means that another CloudRecording has the name of an occurrence. Ready is
	// False and Stalled is True.
	NameTakenReason = "NameTaken"

	// RecordingRefusedReason means that the API server refuses the CloudRecording of an
	// occurrence. Ready is False and Stalled is True.
	RecordingRefusedReason = "RecordingRefused"

	// ReplacingReason means that recordings that the schedule no longer wants are being
	// removed. Reconciling is True.
	ReplacingReason = "Replacing"
)

// Reasons of the events of a CloudRecordingSchedule.
const (
	// OccurrenceMadeReason means that the CloudRecording of an occurrence was created.
	OccurrenceMadeReason = "OccurrenceMade"

	// OccurrencesMissedReason means that occurrences were missed.
	OccurrencesMissedReason = "OccurrencesMissed"

	// OccurrenceDeletedReason means that a CloudRecording was deleted because the schedule no
	// longer wants or keeps it.
	OccurrenceDeletedReason = "OccurrenceDeleted"

	// OccurrenceReplacedReason means that a CloudRecording ends because another begins.
	OccurrenceReplacedReason = "OccurrenceReplaced"
)

// StatusNotWrittenReason is the reason of the event that an object's status cannot be written.
const StatusNotWrittenReason = "StatusNotWritten"

// RequestsLimitedReason is the reason of the event that names the Secret that limits the
// account's requests to fewer than the recording's own Secret says or could ask for.
const RequestsLimitedReason = "RequestsLimited"

// Reasons of the events about Agora's notifications, about removals from the status, and about
// changed labels. The other events have the reason of the condition that they report.
const (
	// NotifiedErrorReason means that Agora reported an error in a notification.
	NotifiedErrorReason = "NotifiedError"

	// NotifiedWarningReason means that Agora reported a warning in a notification.
	NotifiedWarningReason = "NotifiedWarning"

	// RecorderMovedReason means that the recorder was moved to another server.
	RecorderMovedReason = "RecorderMoved"

	// RecorderExitedReason means that the recorder left or exited. The message names the cause.
	RecorderExitedReason = "RecorderExited"

	// SessionDroppedReason means that a session was removed from the status to make room for
	// another.
	SessionDroppedReason = "SessionDropped"
	// LeftShardReason means that the object's labels no longer match the shard of the operator
	// that managed it.
	LeftShardReason = "LeftShard"

	// NotificationGivenUpReason means that a notification could not be written to the status,
	// and is only in the operator's log.
	NotificationGivenUpReason = "NotificationGivenUp"

	// UnownedRecordingReason means that Agora sends notifications about a recording that no
	// object owns.
	UnownedRecordingReason = "UnownedRecording"

	// ProfileResolvedReason means that the fields of a profile were resolved for a recording.
	// The message names the profile's version.
	ProfileResolvedReason = "ProfileResolved"

	// PageReloadedReason means that the recorder of a web page reloaded it.
	PageReloadedReason = "PageReloaded"
)
