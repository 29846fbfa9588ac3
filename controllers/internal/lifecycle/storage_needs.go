// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/storage"
)

// MayNeedVerification reports whether the bucket may still have to be checked. That is over
// once all files were found there, and unnecessary if there are none.
func MayNeedVerification(recording *v1alpha1.CloudRecording) bool {
	if recording.Spec.Storage == nil {
		return false
	}
	if HasOpenSession(recording) {
		return true
	}
	conditions := recording.Status.Conditions
	if EvidenceOf(&recording.Status.SessionStatus) == v1alpha1.NoRecordedDataReason {
		return false
	}
	verification := recording.Status.Verification
	return verification == nil ||
		verification.Location != LocationOf(recording.Spec.Storage).String() ||
		!meta.IsStatusConditionTrue(conditions, v1alpha1.VerifiedCondition)
}

// IsContradicted reports whether the bucket lacks what Agora says is there. While the
// bucket cannot be read, the last finding counts.
func IsContradicted(status v1alpha1.CloudRecordingStatus) bool {
	if evidence := EvidenceOf(&status.SessionStatus); evidence == "" || evidence == v1alpha1.NoRecordedDataReason ||
		meta.IsStatusConditionTrue(status.Conditions, v1alpha1.VerifiedCondition) {
		return false
	}
	seen := status.Verification
	return meta.IsStatusConditionFalse(status.Conditions, v1alpha1.VerifiedCondition) ||
		(seen != nil && (seen.Missing > 0 || seen.Indexes+seen.MP4s+seen.Screenshots == 0))
}

// LocationOf returns where a recording's files go.
func LocationOf(spec *v1alpha1.StorageSpec) storage.Location {
	return storage.Location{
		Vendor:         spec.Vendor,
		Region:         spec.Region,
		Bucket:         spec.Bucket,
		Endpoint:       spec.Endpoint,
		FileNamePrefix: spec.FileNamePrefix,
	}
}

// NamedFiles returns the names of the files that Agora has named.
func NamedFiles(status v1alpha1.CloudRecordingStatus) []string {
	var names []string
	for _, file := range status.FileList {
		if !file.Discovered {
			names = append(names, file.FileName)
		}
	}
	return names
}
