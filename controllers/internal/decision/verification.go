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
func (d *decider) applyVerification(look Verification) {
	d.memory.verified = !isPassing(look.Err)
	d.memory.verifyNotBefore = d.nextUploadCheck()
	if d.recording.Spec.Storage == nil || look.Location != lifecycle.LocationOf(d.recording.Spec.Storage).String() {
		// It went somewhere else than is wanted now.
		d.memory.verifyNotBefore = time.Time{}
		return
	}
	if look.Err != nil {
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionUnknown, storageReason(look.Err), look.Err.Error())
		return
	}
	d.addFiles(d.discovered(look.Finding.Files))
	if !slices.Equal(look.Named, lifecycle.NamedFiles(d.recording.Status)) {
		// Agora has named more since, which was not looked for.
		d.memory.verifyNotBefore = time.Time{}
		return
	}
	d.recording.Status.Verification = d.verification(look)
	d.concludeVerification(look)
}

// verification returns what the status says of a look. Its time stays as long
// as nothing changes.
func (d *decider) verification(look Verification) *v1alpha1.StorageVerification {
	finding := look.Finding
	verification := &v1alpha1.StorageVerification{
		Location:        look.Location,
		Time:            *d.stamp(),
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
	if last := d.recording.Status.Verification; last != nil {
		time := verification.Time
		verification.Time = last.Time
		if !equality.Semantic.DeepEqual(verification, last) {
			verification.Time = time
		}
	}
	return verification
}

// concludeVerification states what a look proves.
func (d *decider) concludeVerification(look Verification) {
	verification := d.recording.Status.Verification
	switch {
	case !look.Finding.Found() && look.Finding.Missing == 0:
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionFalse, v1alpha1.NoFilesFoundReason, noFilesMessage(d.recording, verification))
	case !look.Finding.Complete():
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionFalse, v1alpha1.FilesMissingReason, missingMessage(verification, look.Finding.MP4Missing))
	case !d.isUploaded() && !d.knowsAllNames(look.Finding) && d.settledAt().After(d.observed.Now):
		d.memory.verifyNotBefore = earlier(d.memory.verifyNotBefore, d.settledAt())
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionUnknown, v1alpha1.StillArrivingReason, stillArrivingMessage(verification, d.settings))
	default:
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason, verifiedMessage(verification))
		if !d.isUploaded() {
			d.setUploaded(v1alpha1.VerifiedInStorageReason, verifiedMessage(verification))
		}
	}
}

// detectNames has the bucket looked into again if Agora has named a file that was
// not looked for when all were found.
func (d *decider) detectNames() {
	if !meta.IsStatusConditionTrue(d.recording.Status.Conditions, v1alpha1.VerifiedCondition) {
		return
	}
	if len(lifecycle.NamedFiles(d.recording.Status)) > len(lifecycle.NamedFiles(*d.recorded)) {
		meta.RemoveStatusCondition(&d.recording.Status.Conditions, v1alpha1.VerifiedCondition)
		d.memory.verifyNotBefore = time.Time{}
	}
}

// knowsAllNames says whether Agora has named all files: with the state of their
// upload it states the final list, and before that only what there was then. The
// list may lack what another server recorded, to which the recorder was moved.
func (d *decider) knowsAllNames(finding storage.Finding) bool {
	return finding.Named && d.recording.Status.FileListFinal && d.knowsFilesOfLastMove()
}

// settledAt returns when files that Agora has not named count as all there are:
// once nothing has changed for so long that a transfer from Agora's backup would
// show, or that backup is gone for certain.
func (d *decider) settledAt() time.Time {
	unchanged := d.recording.Status.Verification.Time.Add(d.settings.UploadSettleTime)
	return earlier(unchanged, d.stoppedTime().Add(backupKept))
}

// discovered returns the files found whose names Agora has not given.
func (d *decider) discovered(keys []string) []v1alpha1.RecordedFile {
	prefix := lifecycle.LocationOf(d.recording.Spec.Storage).Prefix()
	var discovered []v1alpha1.RecordedFile
	for _, key := range keys {
		named := slices.ContainsFunc(d.recording.Status.FileList, func(file v1alpha1.RecordedFile) bool {
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
func (d *decider) detectStorage() {
	spec, last := d.recording.Spec.Storage, d.recording.Status.Verification
	if spec == nil || (last != nil && last.Location != lifecycle.LocationOf(spec).String()) {
		d.recording.Status.Verification = nil
		meta.RemoveStatusCondition(&d.recording.Status.Conditions, v1alpha1.VerifiedCondition)
	}
	if spec == nil {
		return
	}
	current := Trigger{
		Generation:         d.recording.Generation,
		reconcileAt:        d.recording.Annotations[v1alpha1.ReconcileAtAnnotation],
		CredentialsVersion: d.observed.StorageVersion,
	}
	switch d.memory.VerifyTrigger {
	case current:
		return
	case Trigger{}:
		if d.isStopped() && !d.owesVerification() {
			d.memory.verified = true
			d.memory.verifyNotBefore = d.nextUploadCheck()
		}
	default:
		d.memory.verified = false
		d.memory.verifyNotBefore = time.Time{}
	}
	d.memory.VerifyTrigger = current
}

// owesVerification says whether the bucket is yet to be looked into as it is wanted now:
// somebody may have changed something while nothing was reconciled.
func (d *decider) owesVerification() bool {
	verified := meta.FindStatusCondition(d.recording.Status.Conditions, v1alpha1.VerifiedCondition)
	return verified == nil || verified.Reason == v1alpha1.StorageCredentialsNotFoundReason ||
		d.recorded.ObservedGeneration != d.recording.Generation
}

// hasVerified says whether the bucket was looked into, well or badly.
func (d *decider) hasVerified() bool {
	return meta.FindStatusCondition(d.recording.Status.Conditions, v1alpha1.VerifiedCondition) != nil
}

// nextVerification looks into the bucket if that may bring evidence, and its time has come.
func (d *decider) nextVerification() {
	if lifecycle.IsSuspended(d.recording) || !d.needsVerification() {
		return
	}
	if problem := d.observed.StorageProblem; problem != "" {
		// Its Secret is watched; looking now and then is for what a watch may miss.
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionUnknown, v1alpha1.StorageCredentialsNotFoundReason, problem)
		d.requeueAt(d.observed.Now.Add(slowRetry))
		return
	}
	if d.memory.verified && d.sinceStop() >= backupKept {
		return
	}
	if due := d.memory.verifyNotBefore; due.After(d.observed.Now) {
		d.requeueAt(due)
		return
	}
	d.plan.Action = ActionVerify
}

// needsVerification is MayNeedVerification for what is known now.
func (d *decider) needsVerification() bool {
	known := &v1alpha1.CloudRecording{Spec: d.recording.Spec, Status: v1alpha1.CloudRecordingStatus{SessionStatus: d.recording.Status.SessionStatus}}
	return lifecycle.MayNeedVerification(known)
}

// awaitsFirstVerification says whether the bucket is yet to be looked into.
func (d *decider) awaitsFirstVerification() bool {
	return d.recording.Spec.Storage != nil && !lifecycle.IsSuspended(d.recording) && d.needsVerification() && !d.hasVerified()
}

func count(n int) int32 {
	return int32(n) //nolint:gosec // bounded by what the verifier reads
}
