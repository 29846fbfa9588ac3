// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// ProfileReference names a CloudRecordingProfile in the namespace of the object.
type ProfileReference struct {
	// name of a CloudRecordingProfile in the same namespace.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="spec.profileRef.name must be the name of a CloudRecordingProfile in the same namespace: lower-case letters, digits, - and ."
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="spec.profileRef.name cannot be changed: create another CloudRecording"
	Name string `json:"name"`
}

// ProfileStatus is a version of a profile.
type ProfileStatus struct {
	// name of the CloudRecordingProfile.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// uid of the CloudRecordingProfile.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=64
	UID types.UID `json:"uid,omitempty"`

	// generation is the generation of its spec that was read.
	// +optional
	Generation int64 `json:"generation,omitempty"`
}

// hack/rules copies the schema and the rules of a CloudRecording's fields to those of a
// profile.

// CloudRecordingProfileSpec holds the fields that recordings share: those of a
// CloudRecordingSpec that do not belong to a single recording. Their meaning, defaults and
// bounds are the same.
type CloudRecordingProfileSpec struct {
	// appId is the App ID of the Agora project that the recordings belong to.
	// +optional
	AppID string `json:"appId,omitempty"`

	// uid is the user ID of the recording client in each channel.
	// +optional
	UID string `json:"uid,omitempty"`

	// mode is Agora's recording mode: individual, mix (composite) or web.
	// +optional
	Mode RecordingMode `json:"mode,omitempty"`

	// start says how to start a recording. An adopted recording does not take it.
	// +optional
	Start *StartSpec `json:"start,omitempty"`

	// restartPolicy says what happens when a recorder ends by itself. An adopted recording
	// does not take it.
	// +optional
	RestartPolicy RestartPolicy `json:"restartPolicy,omitempty"`

	// onChannelEmpty says how to treat a recorder that ended because the channel was empty.
	// +optional
	OnChannelEmpty ChannelEmptyPolicy `json:"onChannelEmpty,omitempty"`

	// maxDuration is the time after which a recording is stopped.
	// +optional
	MaxDuration *metav1.Duration `json:"maxDuration,omitempty"`

	// asyncStop is Agora's clientRequest.async_stop.
	// +optional
	AsyncStop *bool `json:"asyncStop,omitempty"`

	// deletionPolicy says what deleting a CloudRecording does to its recording.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// ttlSecondsAfterFinished is the number of seconds after which a CloudRecording is
	// deleted, once the recording has ended normally and all of its files are uploaded.
	// +optional
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitempty"`

	// credentialsSecretRef names the Secret with the credentials for Agora's REST API.
	// +optional
	CredentialsSecretRef CredentialsSecretReference `json:"credentialsSecretRef,omitzero"`

	// upload says how long to look for evidence that the recorded files are in the bucket.
	// +optional
	Upload UploadSpec `json:"upload,omitzero"`

	// storage says where the recorded files go.
	// +optional
	Storage *StorageSpec `json:"storage,omitempty"`
}

// CloudRecordingProfileStatus is the observed state of a profile.
type CloudRecordingProfileStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions contain Ready, which is True if the Secrets that the profile names exist and
	// have the right form.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:XValidation:rule="string(self.lastTransitionTime).endsWith('Z')",message="lastTransitionTime must be a time such as 2006-01-02T15:04:05Z"
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// recordings is how many CloudRecordings name the profile.
	// +optional
	Recordings int32 `json:"recordings"`
}

// CloudRecordingProfile holds the fields that the recordings of a project share. A
// recording that names it takes each field that it does not set itself from the profile.
// It does so once, right before it starts: editing or deleting a profile does not affect
// running recordings.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=cloudrecordingprofiles,singular=cloudrecordingprofile,shortName=crecp,categories=agora,scope=Namespaced
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.mode`,description="The recording mode"
// +kubebuilder:printcolumn:name="Bucket",type=string,JSONPath=`.spec.storage.bucket`,description="Where the files go"
// +kubebuilder:printcolumn:name="Recordings",type=integer,JSONPath=`.status.recordings`,description="How many recordings name it"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether its Secrets are there and of the right form"
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,description="Why it is ready or not"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="What happened, and what to do"
type CloudRecordingProfile struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec holds the fields that recordings share.
	// +required
	Spec CloudRecordingProfileSpec `json:"spec"`

	// status is the observed state of the profile.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status CloudRecordingProfileStatus `json:"status,omitempty"`
}

// CloudRecordingProfileList is a list of CloudRecordingProfiles.
//
// +kubebuilder:object:root=true
type CloudRecordingProfileList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []CloudRecordingProfile `json:"items"`
}
