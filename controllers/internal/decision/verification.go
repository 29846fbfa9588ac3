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

// applyVerification adds what a look into the bucket brought to the status.
func applyVerification(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan, result Verification) {
	memory.verified = !isPassing(result.Err)
	memory.verifyNotBefore = uploadCheckAt(recording, observed.Now, settings)
	if recording.Spec.Storage == nil || result.Location != lifecycle.LocationOf(recording.Spec.Storage).String() {
		// It went somewhere else than is wanted now.
		memory.verifyNotBefore = time.Time{}
		return
	}
	if result.Err != nil {
		setCondition(recording, observed.Now, v1alpha1.VerifiedCondition, condition{metav1.ConditionUnknown, storageReason(result.Err), result.Err.Error()})
		return
	}
	addFiles(recording, observed, plan, discoveredFiles(recording, result.Finding.Files))
	if !slices.Equal(result.Named, lifecycle.NamedFiles(recording.Status)) {
		// Agora has named more since, which was not looked for.
		memory.verifyNotBefore = time.Time{}
		return
	}
	recording.Status.Verification = newVerification(&recording.Status.SessionStatus, observed.Now, result)
	concludeVerification(recording, memory, observed.Now, settings, result)
}

// newVerification returns what the status says of a verification. Its time stays as long
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

// concludeVerification states what a look proves.
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

// detectNames has the bucket looked into again if Agora has named a file that was
// not looked for when all were found.
func detectNames(status, recorded *v1alpha1.CloudRecordingStatus, memory *Memory) {
	if !meta.IsStatusConditionTrue(status.Conditions, v1alpha1.VerifiedCondition) {
		return
	}
	if len(lifecycle.NamedFiles(*status)) > len(lifecycle.NamedFiles(*recorded)) {
		meta.RemoveStatusCondition(&status.Conditions, v1alpha1.VerifiedCondition)
		memory.verifyNotBefore = time.Time{}
	}
}

// knowsAllNames says whether Agora has named all files: with the state of their
// upload it states the final list, and before that only what there was then. The
// list may lack what another server recorded, to which the recorder was moved.
func knowsAllNames(session *v1alpha1.SessionStatus, finding storage.Finding) bool {
	return finding.Named && session.FileListFinal && knowsFilesOfLastMove(session)
}

// settledAt returns when files that Agora has not named count as all there are:
// once nothing has changed for so long that a transfer from Agora's backup would
// show, or that backup is gone for certain.
func settledAt(session *v1alpha1.SessionStatus, now time.Time, settings Settings) time.Time {
	unchanged := session.Verification.Time.Add(settings.UploadSettleTime)
	return earlier(unchanged, stoppedTime(session, now).Add(backupKept))
}

// discoveredFiles returns the files found whose names Agora has not given.
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

// storageReasons are the reasons for which the bucket is not verified.
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

// isPassing says whether a look failed for want of a turn: it does not count.
func isPassing(err error) bool {
	var problem *storage.Problem
	return errors.As(err, &problem) && (problem.Kind == storage.Busy || problem.Kind == storage.Throttled)
}

// detectStorage lifts the wait for the next look if somebody changed something,
// and forgets what was found where nobody is to look any more.
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

// owesVerification says whether the bucket is yet to be looked into as it is wanted now:
// somebody may have changed something while nothing was reconciled.
func owesVerification(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus) bool {
	verified := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.VerifiedCondition)
	return verified == nil || verified.Reason == v1alpha1.StorageCredentialsNotFoundReason ||
		recorded.ObservedGeneration != recording.Generation
}

// hasVerified says whether the bucket was looked into, well or badly.
func hasVerified(session *v1alpha1.SessionStatus) bool {
	return meta.FindStatusCondition(session.Conditions, v1alpha1.VerifiedCondition) != nil
}

// planVerification looks into the bucket if that may bring evidence, and its time has come.
func planVerification(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan) {
	if lifecycle.IsSuspended(recording) || !needsVerification(recording) {
		return
	}
	if problem := observed.StorageProblem; problem != "" {
		// Its Secret is watched; looking now and then is for what a watch may miss.
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

// awaitsFirstVerification says whether the bucket is yet to be looked into.
func awaitsFirstVerification(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Storage != nil && !lifecycle.IsSuspended(recording) && needsVerification(recording) && !hasVerified(&recording.Status.SessionStatus)
}

func count(n int) int32 {
	return int32(n) //nolint:gosec // bounded by what the verifier reads
}
