// SPDX-License-Identifier: Apache-2.0

package recordingtest

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Noon is the current time in these tests.
var Noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// Storage returns where the recorded files go in these tests.
func Storage() *v1alpha1.StorageSpec {
	return &v1alpha1.StorageSpec{
		Vendor: 11, Bucket: "recordings", Endpoint: "storage.example.com", FileNamePrefix: []string{"rec"},
		ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: "bucket"},
	}
}

// ToStart returns a recording in mode mix that should be started, with a bucket for its
// files.
func ToStart(change func(*v1alpha1.CloudRecordingSpec)) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{
		Mode:                 v1alpha1.MixMode,
		CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
		Start: &v1alpha1.StartSpec{
			ResourceExpiredHour: 72,
			RecordingConfig:     &v1alpha1.RecordingConfig{ChannelType: 1, StreamTypes: 2, MaxIdleTime: 300},
		},
		Storage: &v1alpha1.StorageSpec{Vendor: 1, Region: 3, Bucket: "recordings", FileNamePrefix: []string{"rec", "room1"}},
	}}
	if change != nil {
		change(&recording.Spec)
	}
	return recording
}

// Adopted returns an adopted recording that should run, and about which nothing is known
// yet.
func Adopted(created time.Time) *v1alpha1.CloudRecording {
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Name: "lesson", Namespace: "school", UID: "1", Generation: 1, CreationTimestamp: metav1.Time{Time: created}},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: "app", CName: "lesson", UID: "1", Mode: v1alpha1.MixMode, ResourceID: "resource", SID: "sid",
			State: v1alpha1.RecordingStateRecording, DeletionPolicy: v1alpha1.DeletionPolicyStop,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
			Upload: v1alpha1.UploadSpec{
				ConfirmTimeout:  &metav1.Duration{Duration: 24 * time.Hour},
				DeletionTimeout: &metav1.Duration{Duration: 30 * time.Minute},
			},
		},
		Status: v1alpha1.CloudRecordingStatus{ObservedGeneration: -1, SessionStatus: v1alpha1.SessionStatus{Phase: v1alpha1.PhasePending}},
	}
}
