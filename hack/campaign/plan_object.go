// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// bulkBytes is nearly all that the annotations of an object may have, as large tools
// write into them.
const bulkBytes = 250 << 10

// newObject returns the recording's object. One that adopts lacks what names the
// recording.
func (r recordingPlan) newObject(bucket *v1alpha1.StorageSpec) *v1alpha1.CloudRecording {
	made := &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: r.place.secret.namespace, Name: r.name()},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: r.options.AppID, CName: r.options.CName, UID: r.options.UID, Mode: v1alpha1.RecordingMode(r.options.Mode),
			AsyncStop: r.asyncStop, DeletionPolicy: r.deletionPolicy,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: r.place.secret.name},
			Upload: v1alpha1.UploadSpec{
				ConfirmTimeout:  &metav1.Duration{Duration: confirmTimeout},
				DeletionTimeout: &metav1.Duration{Duration: r.deletionTimeout},
			},
		},
	}
	if r.stored {
		made.Spec.Storage = bucket.DeepCopy()
		made.Spec.Storage.FileNamePrefix = r.options.FileNamePrefix
	}
	if r.outcome.isOfSize() {
		made.Annotations = map[string]string{"campaign.cloudrecording.dev/bulk": strings.Repeat("x", bulkBytes)}
	}
	if r.starts {
		made.Spec.Start = r.startSpec()
		made.Spec.Storage.CredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: writerSecret}
	}
	if r.outcome == outcomeManySessions {
		r.addSessions(made)
	}
	return made
}

// reference returns what names the recording's object.
func (r recordingPlan) reference() *v1alpha1.CloudRecording {
	reference := &v1alpha1.CloudRecording{}
	reference.Namespace, reference.Name = r.place.secret.namespace, r.name()
	return reference
}

// startSpec says how the operator is to start a recording.
func (r recordingPlan) startSpec() *v1alpha1.StartSpec {
	if r.options.Mode == agorasim.ModeWeb {
		return &v1alpha1.StartSpec{ExtensionServiceConfig: aPage(), RecordingFileConfig: r.fileConfig()}
	}
	spec := &v1alpha1.StartSpec{
		TokenSecretRef: &v1alpha1.TokenSecretReference{Name: tokenSecret},
		RecordingConfig: &v1alpha1.RecordingConfig{
			ChannelType: 1, StreamTypes: 2, MaxIdleTime: int32(r.options.MaxIdleTime.Duration / time.Second), //nolint:gosec // it is short
		},
		RecordingFileConfig: r.fileConfig(),
	}
	if r.options.Mode == agorasim.ModeIndividual {
		spec.RecordingConfig.StreamMode = r.options.StreamMode
		spec.RecordingConfig.SubscribeUIDGroup = ptr.To[int32](0)
	}
	if r.options.Snapshot {
		// Without files of another kind.
		spec.RecordingFileConfig = nil
		spec.SnapshotConfig = &v1alpha1.SnapshotConfig{
			CaptureInterval: int32(r.options.CaptureInterval.Duration / time.Second), //nolint:gosec // it is short
			FileType:        []v1alpha1.SnapshotFileType{"jpg"},
		}
	}
	return spec
}

func (r recordingPlan) fileConfig() *v1alpha1.RecordingFileConfig {
	config := &v1alpha1.RecordingFileConfig{}
	for _, fileType := range r.options.AvFileType {
		config.AVFileType = append(config.AVFileType, v1alpha1.AVFileType(fileType))
	}
	return config
}

// aPage is a page to be recorded.
func aPage() *v1alpha1.ExtensionServiceConfig {
	return &v1alpha1.ExtensionServiceConfig{ExtensionServices: []v1alpha1.ExtensionService{{
		ServiceName: "web_recorder_service",
		ServiceParam: v1alpha1.ExtensionServiceParam{
			URL: "https://pages.example.com/", AudioProfile: ptr.To[int32](1),
			VideoWidth: 1280, VideoHeight: 720, MaxRecordingHour: 72,
		},
	}}}
}
