// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/storage"
)

// look is what a look into the bucket brought.
type look struct {
	// location is where it went.
	location string

	// named are the names of files that Agora had given by then.
	named []string

	finding storage.Finding

	// err is a *storage.Problem; nil if the bucket could be read.
	err error
}

// locationOf returns where a recording's files go.
func locationOf(spec *v1alpha1.StorageSpec) storage.Location {
	return storage.Location{
		Vendor:         spec.Vendor,
		Region:         spec.Region,
		Bucket:         spec.Bucket,
		Endpoint:       spec.Endpoint,
		FileNamePrefix: spec.FileNamePrefix,
	}
}

// mayNeedLook says whether the bucket may still have to be looked into: not once
// all files were found there, nor where there are none.
func mayNeedLook(recording *v1alpha1.CloudRecording) bool {
	if recording.Spec.Storage == nil {
		return false
	}
	if owesSession(recording) {
		return true
	}
	conditions := recording.Status.Conditions
	if evidenceOf(&recording.Status.SessionStatus) == v1alpha1.NoRecordedDataReason {
		return false
	}
	verification := recording.Status.Verification
	return verification == nil ||
		verification.Location != locationOf(recording.Spec.Storage).String() ||
		!meta.IsStatusConditionTrue(conditions, v1alpha1.VerifiedCondition)
}

// learnLook adds what a look into the bucket brought to the status.
func (d *decider) learnLook(look look) {
	d.memory.looked = !isPassing(look.err)
	d.memory.lookNotBefore = d.nextUploadCheck()
	if d.recording.Spec.Storage == nil || look.location != locationOf(d.recording.Spec.Storage).String() {
		// It went somewhere else than is wanted now.
		d.memory.lookNotBefore = time.Time{}
		return
	}
	if look.err != nil {
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionUnknown, storageReason(look.err), look.err.Error())
		return
	}
	d.learnFiles(d.discovered(look.finding.Files))
	if !slices.Equal(look.named, namedFiles(d.status)) {
		// Agora has named more since, which was not looked for.
		d.memory.lookNotBefore = time.Time{}
		return
	}
	d.status.Verification = d.verification(look)
	d.concludeLook(look)
}

// verification returns what the status says of a look. Its time stays as long
// as nothing changes.
func (d *decider) verification(look look) *v1alpha1.StorageVerification {
	finding := look.finding
	verification := &v1alpha1.StorageVerification{
		Location:        look.location,
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
	verification = boundVerification(verification)
	if last := d.status.Verification; last != nil {
		time := verification.Time
		verification.Time = last.Time
		if !equality.Semantic.DeepEqual(verification, last) {
			verification.Time = time
		}
	}
	return verification
}

// concludeLook states what a look proves.
func (d *decider) concludeLook(look look) {
	verification := d.status.Verification
	switch {
	case !look.finding.Found() && look.finding.Missing == 0:
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionFalse, v1alpha1.NoFilesFoundReason, noFilesMessage(d.recording, verification))
	case !look.finding.Complete():
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionFalse, v1alpha1.FilesMissingReason, missingMessage(verification, look.finding.MP4Missing))
	case !d.isUploaded() && !d.knowsAllNames(look.finding) && d.settledAt().After(d.observed.now):
		d.memory.lookNotBefore = earlier(d.memory.lookNotBefore, d.settledAt())
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionUnknown, v1alpha1.StillArrivingReason, stillArrivingMessage(verification, d.settings))
	default:
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason, verifiedMessage(verification))
		if !d.isUploaded() {
			d.setUploaded(v1alpha1.VerifiedInStorageReason, verifiedMessage(verification))
		}
	}
}

// noticeNames has the bucket looked into again if Agora has named a file that was
// not looked for when all were found.
func (d *decider) noticeNames() {
	if !meta.IsStatusConditionTrue(d.status.Conditions, v1alpha1.VerifiedCondition) {
		return
	}
	if len(namedFiles(d.status)) > len(namedFiles(d.recording.Status)) {
		meta.RemoveStatusCondition(&d.status.Conditions, v1alpha1.VerifiedCondition)
		d.memory.lookNotBefore = time.Time{}
	}
}

// knowsAllNames says whether Agora has named all files: with the state of their
// upload it states the final list, and before that only what there was then. The
// list may lack what another server recorded, to which the recorder was moved.
func (d *decider) knowsAllNames(finding storage.Finding) bool {
	return finding.Named && d.status.FileListFinal && d.knowsFilesOfLastMove()
}

// settledAt returns when files that Agora has not named count as all there are:
// once nothing has changed for so long that a transfer from Agora's backup would
// show, or that backup is gone for certain.
func (d *decider) settledAt() time.Time {
	unchanged := d.status.Verification.Time.Add(d.settings.UploadSettleTime)
	return earlier(unchanged, d.stoppedTime().Add(backupKept))
}

// discovered returns the files found whose names Agora has not given.
func (d *decider) discovered(keys []string) []v1alpha1.RecordedFile {
	prefix := locationOf(d.recording.Spec.Storage).Prefix()
	var discovered []v1alpha1.RecordedFile
	for _, key := range keys {
		named := slices.ContainsFunc(d.status.FileList, func(file v1alpha1.RecordedFile) bool {
			return file.FileName == key || prefix+file.FileName == key
		})
		if !named {
			discovered = append(discovered, v1alpha1.RecordedFile{FileName: key, Discovered: true})
		}
	}
	return discovered
}

// namedFiles returns the names that Agora has given.
func namedFiles(status v1alpha1.CloudRecordingStatus) []string {
	var names []string
	for _, file := range status.FileList {
		if !file.Discovered {
			names = append(names, file.FileName)
		}
	}
	return names
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

// noticeStorage lifts the wait for the next look if somebody changed something,
// and forgets what was found where nobody is to look any more.
func (d *decider) noticeStorage() {
	spec, last := d.recording.Spec.Storage, d.status.Verification
	if spec == nil || (last != nil && last.Location != locationOf(spec).String()) {
		d.status.Verification = nil
		meta.RemoveStatusCondition(&d.status.Conditions, v1alpha1.VerifiedCondition)
	}
	if spec == nil {
		return
	}
	current := trigger{
		generation:         d.recording.Generation,
		reconcileAt:        d.recording.Annotations[v1alpha1.ReconcileAtAnnotation],
		credentialsVersion: d.observed.storageVersion,
	}
	switch d.memory.lookTrigger {
	case current:
		return
	case trigger{}:
		if d.isStopped() && !d.owesLook() {
			d.memory.looked = true
			d.memory.lookNotBefore = d.nextUploadCheck()
		}
	default:
		d.memory.looked = false
		d.memory.lookNotBefore = time.Time{}
	}
	d.memory.lookTrigger = current
}

// owesLook says whether the bucket is yet to be looked into as it is wanted now:
// somebody may have changed something while nothing was reconciled.
func (d *decider) owesLook() bool {
	verified := meta.FindStatusCondition(d.status.Conditions, v1alpha1.VerifiedCondition)
	return verified == nil || verified.Reason == v1alpha1.StorageCredentialsNotFoundReason ||
		d.recording.Status.ObservedGeneration != d.recording.Generation
}

// hasLooked says whether the bucket was looked into, well or badly.
func (d *decider) hasLooked() bool {
	return meta.FindStatusCondition(d.status.Conditions, v1alpha1.VerifiedCondition) != nil
}

// nextLook looks into the bucket if that may bring evidence, and its time has come.
func (d *decider) nextLook() {
	if isSuspended(d.recording) || !d.needsLook() {
		return
	}
	if problem := d.observed.storageProblem; problem != "" {
		// Its Secret is watched; looking now and then is for what a watch may miss.
		d.setCondition(v1alpha1.VerifiedCondition, metav1.ConditionUnknown, v1alpha1.StorageCredentialsNotFoundReason, problem)
		d.lookAt(d.observed.now.Add(slowRetry))
		return
	}
	if d.memory.looked && d.sinceStop() >= backupKept {
		return
	}
	if due := d.memory.lookNotBefore; due.After(d.observed.now) {
		d.lookAt(due)
		return
	}
	d.action = actionLook
}

// needsLook is mayNeedLook for what is known now.
func (d *decider) needsLook() bool {
	known := &v1alpha1.CloudRecording{Spec: d.recording.Spec, Status: v1alpha1.CloudRecordingStatus{SessionStatus: d.status.SessionStatus}}
	return mayNeedLook(known)
}

// awaitsFirstLook says whether the bucket is yet to be looked into.
func (d *decider) awaitsFirstLook() bool {
	return d.recording.Spec.Storage != nil && !isSuspended(d.recording) && d.needsLook() && !d.hasLooked()
}

// isContradicted says whether the bucket lacks what Agora says is there. While
// the bucket cannot be read, what it showed last counts.
func isContradicted(status v1alpha1.CloudRecordingStatus) bool {
	if evidence := evidenceOf(&status.SessionStatus); evidence == "" || evidence == v1alpha1.NoRecordedDataReason ||
		meta.IsStatusConditionTrue(status.Conditions, v1alpha1.VerifiedCondition) {
		return false
	}
	seen := status.Verification
	return meta.IsStatusConditionFalse(status.Conditions, v1alpha1.VerifiedCondition) ||
		(seen != nil && (seen.Missing > 0 || seen.Indexes+seen.MP4s+seen.Screenshots == 0))
}

func count(n int) int32 {
	return int32(n) //nolint:gosec // bounded by what the verifier reads
}
