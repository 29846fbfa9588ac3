// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// startSpec says how the operator is to start a recording.
func (r recordingPlan) startSpec() *v1alpha1.StartSpec {
	if r.options.Mode == recorder.ModeWeb {
		return &v1alpha1.StartSpec{ExtensionServiceConfig: aPage(), RecordingFileConfig: r.fileConfig()}
	}
	spec := &v1alpha1.StartSpec{
		TokenSecretRef: &v1alpha1.TokenSecretReference{Name: tokenSecret},
		RecordingConfig: &v1alpha1.RecordingConfig{
			ChannelType: 1, StreamTypes: 2, MaxIdleTime: int32(r.options.MaxIdleTime.Duration / time.Second), //nolint:gosec // it is short
		},
		RecordingFileConfig: r.fileConfig(),
	}
	if r.options.Mode == recorder.ModeIndividual {
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
