// SPDX-License-Identifier: Apache-2.0

package plan

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

// NewObject returns the recording's object. One that adopts lacks what names the
// recording.
func (r Recording) NewObject(bucket *v1alpha1.StorageSpec) *v1alpha1.CloudRecording {
	made := &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: r.Place.Secret.Namespace, Name: r.Name()},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: r.Options.AppID, CName: r.Options.CName, UID: r.Options.UID, Mode: v1alpha1.RecordingMode(r.Options.Mode),
			AsyncStop: r.asyncStop, DeletionPolicy: r.DeletionPolicy,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: r.Place.Secret.Name},
			Upload: v1alpha1.UploadSpec{
				ConfirmTimeout:  &metav1.Duration{Duration: ConfirmTimeout},
				DeletionTimeout: &metav1.Duration{Duration: r.deletionTimeout},
			},
		},
	}
	if r.Stored {
		made.Spec.Storage = bucket.DeepCopy()
		made.Spec.Storage.FileNamePrefix = r.Options.FileNamePrefix
	}
	if r.Outcome.isOfSize() {
		made.Annotations = map[string]string{"campaign.cloudrecording.dev/bulk": strings.Repeat("x", bulkBytes)}
	}
	if r.Starts {
		made.Spec.Start = r.startSpec()
		made.Spec.Storage.CredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: WriterSecret}
	}
	if r.Outcome == OutcomeManySessions {
		r.addSessions(made)
	}
	return made
}

// Reference returns what names the recording's object.
func (r Recording) Reference() *v1alpha1.CloudRecording {
	reference := &v1alpha1.CloudRecording{}
	reference.Namespace, reference.Name = r.Place.Secret.Namespace, r.Name()
	return reference
}

// startSpec says how the operator is to start a recording.
func (r Recording) startSpec() *v1alpha1.StartSpec {
	if r.Options.Mode == agorasim.ModeWeb {
		return &v1alpha1.StartSpec{ExtensionServiceConfig: aPage(), RecordingFileConfig: r.fileConfig()}
	}
	spec := &v1alpha1.StartSpec{
		TokenSecretRef: &v1alpha1.TokenSecretReference{Name: TokenSecret},
		RecordingConfig: &v1alpha1.RecordingConfig{
			ChannelType: 1, StreamTypes: 2, MaxIdleTime: int32(r.Options.MaxIdleTime.Duration / time.Second), //nolint:gosec // it is short
		},
		RecordingFileConfig: r.fileConfig(),
	}
	if r.Options.Mode == agorasim.ModeIndividual {
		spec.RecordingConfig.StreamMode = r.Options.StreamMode
		spec.RecordingConfig.SubscribeUIDGroup = ptr.To[int32](0)
	}
	if r.Options.Snapshot {
		// Without files of another kind.
		spec.RecordingFileConfig = nil
		spec.SnapshotConfig = &v1alpha1.SnapshotConfig{
			CaptureInterval: int32(r.Options.CaptureInterval.Duration / time.Second), //nolint:gosec // it is short
			FileType:        []v1alpha1.SnapshotFileType{"jpg"},
		}
	}
	return spec
}

func (r Recording) fileConfig() *v1alpha1.RecordingFileConfig {
	config := &v1alpha1.RecordingFileConfig{}
	for _, fileType := range r.Options.AvFileType {
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
