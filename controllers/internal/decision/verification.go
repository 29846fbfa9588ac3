// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/storage"
)

// applyVerification adds the result of a check of the bucket to the status.
func applyVerification(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan, result Verification) {
	memory.verified = !isPassing(result.Err)
	memory.verifyNotBefore = uploadCheckAt(recording, observed.Now, settings)
	if recording.Spec.Storage == nil || result.Location != lifecycle.LocationOf(recording.Spec.Storage).String() {
		// The check was made in a place that is no longer wanted.
		memory.verifyNotBefore = time.Time{}
		return
	}
	if result.Err != nil {
		setCondition(recording, observed.Now, v1alpha1.VerifiedCondition, condition{metav1.ConditionUnknown, storageReason(result.Err), result.Err.Error()})
		return
	}
	addFiles(recording, observed, plan, discoveredFiles(recording, result.Finding.Files))
	if !slices.Equal(result.Named, lifecycle.NamedFiles(recording.Status)) {
		// Agora has since named more files, which were not looked for.
		memory.verifyNotBefore = time.Time{}
		return
	}
	recording.Status.Verification = newVerification(&recording.Status.SessionStatus, observed.Now, result)
	concludeVerification(recording, memory, observed.Now, settings, result)
}

// newVerification returns what the status says about a verification. Its time stays as long
// as nothing changes.
func newVerification(session *v1alpha1.SessionStatus, now time.Time, result Verification) *v1alpha1.StorageVerification {
	finding := result.Finding
	verification := &v1alpha1.StorageVerification{
		Location:        result.Location,
		Time:            *stampOf(now),
		Indexes:         count(finding.Indexes),
		Slices:          count(finding.Slices),
		MP4s:            count(finding.MP4s),
		Screenshots:     count(finding.Screenshots),
		Bytes:           finding.Bytes,
		PlayableSeconds: int64(finding.Playable / time.Second),
		Missing:         count(finding.Missing),
		MissingFiles:    finding.MissingFiles,
	}
	verification = bounds.Verification(verification)
	if last := session.Verification; last != nil {
		time := verification.Time
		verification.Time = last.Time
		if !equality.Semantic.DeepEqual(verification, last) {
			verification.Time = time
		}
	}
	return verification
}

// concludeVerification records what a check proves.
func concludeVerification(recording *v1alpha1.CloudRecording, memory *Memory, now time.Time, settings Settings, result Verification) {
	session := &recording.Status.SessionStatus
	settled := settledAt(session, now, settings)
	isSettled := lifecycle.HasUploaded(session) || knowsAllNames(session, result.Finding) || !settled.After(now)
	verified := verifiedCondition(recording, settings, result.Finding, isSettled)
	setCondition(recording, now, v1alpha1.VerifiedCondition, verified)
	switch {
	case verified.reason == v1alpha1.StillArrivingReason:
		memory.verifyNotBefore = earlier(memory.verifyNotBefore, settled)
	case verified.status == metav1.ConditionTrue && !lifecycle.HasUploaded(session):
		noteUploaded(session, now, v1alpha1.VerifiedInStorageReason)
	}
}

// verifiedCondition says what was found in the bucket. Files that Agora has not named prove
// the upload only once they are settled.
func verifiedCondition(recording *v1alpha1.CloudRecording, settings Settings, finding storage.Finding, isSettled bool) condition {
	verification := recording.Status.Verification
	switch {
	case !finding.Found() && finding.Missing == 0:
		return condition{metav1.ConditionFalse, v1alpha1.NoFilesFoundReason, noFilesMessage(recording, verification)}
	case !finding.Complete():
		return condition{metav1.ConditionFalse, v1alpha1.FilesMissingReason, missingMessage(verification, finding.MP4Missing)}
	case !isSettled:
		return condition{metav1.ConditionUnknown, v1alpha1.StillArrivingReason, stillArrivingMessage(verification, settings)}
	default:
		return condition{metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason, verifiedMessage(verification)}
	}
}

// detectNames has the bucket checked again if Agora has named a file that was not looked
// for when all were found.
func detectNames(status, recorded *v1alpha1.CloudRecordingStatus, memory *Memory) {
	if !meta.IsStatusConditionTrue(status.Conditions, v1alpha1.VerifiedCondition) {
		return
	}
	if len(lifecycle.NamedFiles(*status)) > len(lifecycle.NamedFiles(*recorded)) {
		meta.RemoveStatusCondition(&status.Conditions, v1alpha1.VerifiedCondition)
		memory.verifyNotBefore = time.Time{}
	}
}

// knowsAllNames reports whether Agora has named all files. Agora states the final list
// together with the state of the upload, and before that only the files that there were.
// Even the final list may lack the files of another server that the recorder was moved to.
func knowsAllNames(session *v1alpha1.SessionStatus, finding storage.Finding) bool {
	return finding.Named && session.FileListFinal && knowsFilesOfLastMove(session)
}

// settledAt returns when files that Agora has not named count as complete: once nothing has
// changed for so long that a transfer from Agora's backup would show, or once that backup
// is certainly gone.
func settledAt(session *v1alpha1.SessionStatus, now time.Time, settings Settings) time.Time {
	unchanged := session.Verification.Time.Add(settings.UploadSettleTime)
	return earlier(unchanged, stoppedTime(session, now).Add(backupKept))
}

// discoveredFiles returns the files found that Agora has not named.
func discoveredFiles(recording *v1alpha1.CloudRecording, keys []string) []v1alpha1.RecordedFile {
	prefix := lifecycle.LocationOf(recording.Spec.Storage).Prefix()
	var discovered []v1alpha1.RecordedFile
	for _, key := range keys {
		named := slices.ContainsFunc(recording.Status.FileList, func(file v1alpha1.RecordedFile) bool {
			return file.FileName == key || prefix+file.FileName == key
		})
		if !named {
			discovered = append(discovered, v1alpha1.RecordedFile{FileName: key, Discovered: true})
		}
	}
	return discovered
}

// storageReasons maps problems with the bucket to the reasons why it is not verified.
var storageReasons = map[storage.Kind]string{
	storage.EndpointNotAllowed:  v1alpha1.StorageEndpointNotAllowedReason,
	storage.CredentialsRejected: v1alpha1.StorageCredentialsRejectedReason,
	storage.AccessDenied:        v1alpha1.StorageAccessDeniedReason,
	storage.BucketNotFound:      v1alpha1.BucketNotFoundReason,
	storage.IndexInvalid:        v1alpha1.IndexInvalidReason,
	storage.TooLarge:            v1alpha1.IndexInvalidReason,
}

func storageReason(err error) string {
	var problem *storage.Problem
	if errors.As(err, &problem) {
		if reason, ok := storageReasons[problem.Kind]; ok {
			return reason
		}
	}
	return v1alpha1.StorageUnavailableReason
}

// isPassing reports whether a check failed because it got no turn. Such a check does not
// count.
func isPassing(err error) bool {
	var problem *storage.Problem
	return errors.As(err, &problem) && (problem.Kind == storage.Busy || problem.Kind == storage.Throttled)
}

// detectStorage ends the wait for the next check if somebody changed something. It forgets
// what was found in a place that need not be checked any more.
func detectStorage(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, observed *Observation, settings Settings) {
	spec, last := recording.Spec.Storage, recording.Status.Verification
	if spec == nil || (last != nil && last.Location != lifecycle.LocationOf(spec).String()) {
		recording.Status.Verification = nil
		meta.RemoveStatusCondition(&recording.Status.Conditions, v1alpha1.VerifiedCondition)
	}
	if spec == nil {
		return
	}
	current := Trigger{
		Generation:         recording.Generation,
		reconcileAt:        recording.Annotations[v1alpha1.ReconcileAtAnnotation],
		CredentialsVersion: observed.StorageVersion,
	}
	switch memory.VerifyTrigger {
	case current:
		return
	case Trigger{}:
		if lifecycle.HasEnded(&recording.Status.SessionStatus) && !owesVerification(recording, recorded) {
			memory.verified = true
			memory.verifyNotBefore = uploadCheckAt(recording, observed.Now, settings)
		}
	default:
		memory.verified = false
		memory.verifyNotBefore = time.Time{}
	}
	memory.VerifyTrigger = current
}

// owesVerification reports whether the bucket still has to be checked as it is wanted now:
// somebody may have changed something while nothing was reconciled.
func owesVerification(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus) bool {
	verified := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.VerifiedCondition)
	return verified == nil || verified.Reason == v1alpha1.StorageCredentialsNotFoundReason ||
		recorded.ObservedGeneration != recording.Generation
}

// hasVerified reports whether the bucket was checked, successfully or not.
func hasVerified(session *v1alpha1.SessionStatus) bool {
	return meta.FindStatusCondition(session.Conditions, v1alpha1.VerifiedCondition) != nil
}

// planVerification checks the bucket if that may bring evidence and its time has come.
func planVerification(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan) {
	if lifecycle.IsSuspended(recording) || !needsVerification(recording) {
		return
	}
	if problem := observed.StorageProblem; problem != "" {
		// The Secret is watched, and an occasional check finds what the watch may miss.
		setCondition(recording, observed.Now, v1alpha1.VerifiedCondition, condition{metav1.ConditionUnknown, v1alpha1.StorageCredentialsNotFoundReason, problem})
		plan.requeueAt(observed.Now, observed.Now.Add(slowRetry))
		return
	}
	if memory.verified && sinceStop(&recording.Status.SessionStatus, observed.Now) >= backupKept {
		return
	}
	if due := memory.verifyNotBefore; due.After(observed.Now) {
		plan.requeueAt(observed.Now, due)
		return
	}
	plan.Action = ActionVerify
}

// needsVerification is MayNeedVerification for what is known now.
func needsVerification(recording *v1alpha1.CloudRecording) bool {
	known := &v1alpha1.CloudRecording{Spec: recording.Spec, Status: v1alpha1.CloudRecordingStatus{SessionStatus: recording.Status.SessionStatus}}
	return lifecycle.MayNeedVerification(known)
}

// awaitsFirstVerification reports whether the bucket has not been checked yet and should
// be.
func awaitsFirstVerification(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Storage != nil && !lifecycle.IsSuspended(recording) && needsVerification(recording) && !hasVerified(&recording.Status.SessionStatus)
}

func count(n int) int32 {
	return int32(n) //nolint:gosec // bounded by what the verifier reads
}
