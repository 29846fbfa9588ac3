// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Mutability defines when a field of the spec may change.
type Mutability string

const (
	// Mutable fields may change at any time.
	Mutable Mutability = "Mutable"

	// MutableByValue fields may change as far as the validation rules in the markers of the
	// fields allow.
	MutableByValue Mutability = "MutableByValue"

	// ImmutableWhileRunning fields are fields of spec.start that may not change while the
	// recording runs or may be running, because Agora cannot change them.
	ImmutableWhileRunning Mutability = "ImmutableWhileRunning"

	// ImmutableOnceStarted fields may not change once spec.start has started a session.
	ImmutableOnceStarted Mutability = "ImmutableOnceStarted"

	// Immutable fields keep their first value, because another value would mean another
	// recording.
	Immutable Mutability = "Immutable"
)

// ImmutabilityRule defines when a field may change, including everything below it.
// +kubebuilder:object:generate=false
type ImmutabilityRule struct {
	// Field is the path of the field. [] stands for the items of a list.
	Field string

	// Mutability defines when the field may change.
	Mutability Mutability
}

// ImmutabilityRules returns a rule for each field of the spec. make manifests turns them into
// rules of the CRD. An object that is mutable has a rule for each of its fields, so that a new
// one is not mutable by accident.
func ImmutabilityRules() []ImmutabilityRule {
	const (
		recordingConfig   = "spec.start.recordingConfig."
		transcodingConfig = recordingConfig + "transcodingConfig."
		services          = "spec.start.extensionServiceConfig.extensionServices[]."
	)
	return []ImmutabilityRule{
		{"spec.profileRef.name", MutableByValue},
		{"spec.appId", Immutable},
		{"spec.cname", Immutable},
		{"spec.uid", Immutable},
		{"spec.mode", Immutable},
		{"spec.resourceId", Immutable},
		{"spec.sid", Immutable},
		{"spec.window.start", ImmutableOnceStarted},
		{"spec.window.end", Mutable},
		{"spec.state", MutableByValue},
		{"spec.restartPolicy", Mutable},
		{"spec.onChannelEmpty", Mutable},
		{"spec.maxDuration", Mutable},
		{"spec.asyncStop", Mutable},
		{"spec.deletionPolicy", Mutable},
		{"spec.ttlSecondsAfterFinished", Mutable},
		{"spec.suspend", Mutable},
		{"spec.credentialsSecretRef", Mutable},
		{"spec.upload.confirmTimeout", Mutable},
		{"spec.upload.deletionTimeout", Mutable},

		{"spec.storage.vendor", ImmutableOnceStarted},
		{"spec.storage.region", ImmutableOnceStarted},
		{"spec.storage.bucket", ImmutableOnceStarted},
		{"spec.storage.fileNamePrefix", ImmutableOnceStarted},
		{"spec.fileNamePrefix", ImmutableOnceStarted},
		{"spec.storage.endpoint", Mutable},
		{"spec.storage.extensionParams.sse", Mutable},
		{"spec.storage.extensionParams.tag", Mutable},
		{"spec.storage.credentialsSecretRef", Mutable},
		{"spec.storage.readCredentialsSecretRef", Mutable},

		{"spec.start.tokenSecretRef", Mutable},
		{"spec.start.appCertificateSecretRef", Mutable},
		{"spec.start.resourceExpiredHour", ImmutableWhileRunning},
		{"spec.start.onExpiry", Mutable},
		{"spec.start.alternateUids", Mutable},
		{"spec.start.region", ImmutableWhileRunning},
		{"spec.start.excludeResourceIds", ImmutableWhileRunning},
		{"spec.start.recordingFileConfig", ImmutableWhileRunning},
		{"spec.start.snapshotConfig", ImmutableWhileRunning},
		{"spec.start.rawParameters", ImmutableWhileRunning},

		{recordingConfig + "channelType", ImmutableWhileRunning},
		{recordingConfig + "streamTypes", ImmutableWhileRunning},
		{recordingConfig + "streamMode", ImmutableWhileRunning},
		{recordingConfig + "videoStreamType", ImmutableWhileRunning},
		{recordingConfig + "maxIdleTime", ImmutableWhileRunning},
		{recordingConfig + "decryptionMode", ImmutableWhileRunning},
		{recordingConfig + "decryptionSecretRef", ImmutableWhileRunning},
		{recordingConfig + "audioProfile", ImmutableWhileRunning},
		{recordingConfig + "subscribeAudioUids", Mutable},
		{recordingConfig + "subscribeVideoUids", Mutable},
		{recordingConfig + "unsubscribeAudioUids", Mutable},
		{recordingConfig + "unsubscribeVideoUids", Mutable},
		{recordingConfig + "subscribeUidGroup", ImmutableWhileRunning},
		{recordingConfig + "privateParams", ImmutableWhileRunning},

		{transcodingConfig + "width", ImmutableWhileRunning},
		{transcodingConfig + "height", ImmutableWhileRunning},
		{transcodingConfig + "fps", ImmutableWhileRunning},
		{transcodingConfig + "bitrate", ImmutableWhileRunning},
		{transcodingConfig + "mixedVideoLayout", Mutable},
		{transcodingConfig + "maxResolutionUid", Mutable},
		{transcodingConfig + "backgroundColor", Mutable},
		{transcodingConfig + "backgroundImage", Mutable},
		{transcodingConfig + "defaultUserBackgroundImage", Mutable},
		{transcodingConfig + "layoutConfig", Mutable},
		{transcodingConfig + "backgroundConfig", Mutable},

		{"spec.start.extensionServiceConfig.errorHandlePolicy", MutableByValue},
		{services + "serviceName", ImmutableWhileRunning},
		{services + "errorHandlePolicy", MutableByValue},
		{services + "serviceParam.url", ImmutableWhileRunning},
		{services + "serviceParam.audioProfile", ImmutableWhileRunning},
		{services + "serviceParam.videoWidth", ImmutableWhileRunning},
		{services + "serviceParam.videoHeight", ImmutableWhileRunning},
		{services + "serviceParam.maxRecordingHour", ImmutableWhileRunning},
		{services + "serviceParam.videoBitrate", ImmutableWhileRunning},
		{services + "serviceParam.videoFps", ImmutableWhileRunning},
		{services + "serviceParam.mobile", ImmutableWhileRunning},
		{services + "serviceParam.maxVideoDuration", ImmutableWhileRunning},
		{services + "serviceParam.onhold", Mutable},
		{services + "serviceParam.readyTimeout", ImmutableWhileRunning},
		{services + "serviceParam.outputs[].rtmpUrlSecretRef", Mutable},
	}
}
