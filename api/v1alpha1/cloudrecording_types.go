// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RecordingMode is one of Agora's recording modes.
// +kubebuilder:validation:Enum=individual;mix;web
type RecordingMode string

const (
	// IndividualMode records every user of the channel separately.
	IndividualMode RecordingMode = "individual"

	// MixMode records all users of the channel together. Agora also calls it composite.
	MixMode RecordingMode = "mix"

	// WebMode records a web page.
	WebMode RecordingMode = "web"
)

// RecordingState is the desired state of a recording.
// +kubebuilder:validation:Enum=Recording;Stopped
type RecordingState string

const (
	// RecordingStateRecording keeps the recording running.
	RecordingStateRecording RecordingState = "Recording"

	// RecordingStateStopped stops the recording for good.
	RecordingStateStopped RecordingState = "Stopped"
)

// DeletionPolicy is the effect of deleting a CloudRecording on its recording.
// +kubebuilder:validation:Enum=Stop;Orphan
type DeletionPolicy string

const (
	// DeletionPolicyStop stops the recording before the object is removed.
	DeletionPolicyStop DeletionPolicy = "Stop"

	// DeletionPolicyOrphan removes the object at once and leaves the recording as it is.
	DeletionPolicyOrphan DeletionPolicy = "Orphan"
)

// RestartPolicy is what happens when a recorder ends by itself.
// +kubebuilder:validation:Enum=Never;OnFailure;Always
type RestartPolicy string

const (
	// RestartPolicyNever starts no other session.
	RestartPolicyNever RestartPolicy = "Never"

	// RestartPolicyOnFailure starts another session unless the channel was empty.
	RestartPolicyOnFailure RestartPolicy = "OnFailure"

	// RestartPolicyAlways starts another session.
	RestartPolicyAlways RestartPolicy = "Always"
)

// ChannelEmptyPolicy is how to treat a recorder that ended because the channel was empty.
// +kubebuilder:validation:Enum=Fail;Complete
type ChannelEmptyPolicy string

const (
	// ChannelEmptyPolicyFail treats it as a failure.
	ChannelEmptyPolicyFail ChannelEmptyPolicy = "Fail"

	// ChannelEmptyPolicyComplete treats it as the normal end of the recording.
	ChannelEmptyPolicyComplete ChannelEmptyPolicy = "Complete"
)

// The CRD does not restrict the values of StopReason and RecordingPhase, because a CRD that is
// older than the operator would refuse new values.

// StopReason is why the operator stops a recording although spec.state is Recording. More
// values may be added.
// +kubebuilder:validation:MaxLength=64
type StopReason string

const (
	// StopReasonMaxDuration means that spec.maxDuration is over.
	StopReasonMaxDuration StopReason = "MaxDuration"

	// StopReasonControlWindow means that spec.start.resourceExpiredHour is nearly over, after
	// which Agora refuses to stop the recording.
	StopReasonControlWindow StopReason = "ControlWindow"

	// StopReasonWindowEnded means that spec.window.end has passed.
	StopReasonWindowEnded StopReason = "WindowEnded"

	// StopReasonWindowMissed means that too little of spec.window was left to start anything.
	StopReasonWindowMissed StopReason = "WindowMissed"

	// StopReasonWindowPassed means that spec.window.end had passed before the object was
	// created, so that nothing was started.
	StopReasonWindowPassed StopReason = "WindowPassed"

	// StopReasonTokenLifetime means that the token that the operator minted for the session
	// will soon expire, which would end the session.
	StopReasonTokenLifetime StopReason = "TokenLifetime"
)

// RecordingPhase is a one-word summary of a recording for people. Programs should read the
// conditions. More values may be added.
// +kubebuilder:validation:MaxLength=64
type RecordingPhase string

const (
	// PhasePending means that nothing is known about the recording yet.
	PhasePending RecordingPhase = "Pending"

	// PhaseStarting means that the recording is being started.
	PhaseStarting RecordingPhase = "Starting"

	// PhaseRecording means that the recording runs.
	PhaseRecording RecordingPhase = "Recording"

	// PhaseStopping means that the recording is to be stopped and is not known to have ended.
	PhaseStopping RecordingPhase = "Stopping"

	// PhaseUploading means that the recording ended and its upload is not confirmed.
	PhaseUploading RecordingPhase = "Uploading"

	// PhaseCompleted means that the recording ended as wanted and nothing is left to do.
	PhaseCompleted RecordingPhase = "Completed"

	// PhaseFailed means that the recording is over, not as wanted, and that the operator does
	// not try anything more.
	PhaseFailed RecordingPhase = "Failed"

	// PhaseScheduled means that spec.window.start has not come.
	PhaseScheduled RecordingPhase = "Scheduled"
)

// CloudRecordingSpec is the desired state of a recording.
//
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || has(self.start) || (has(self.resourceId) && has(self.sid))",message="set spec.start to start a recording, or both spec.resourceId and spec.sid to adopt one that runs: they are what Agora's acquire and start methods returned"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || (!has(self.resourceId) && !has(self.sid))",message="spec.start starts a recording, spec.resourceId and spec.sid adopt one that runs: set one or the other"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || has(self.start) == has(oldSelf.start)",message="spec.start can be neither added nor removed later: create another CloudRecording for another recording"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.start) || (has(self.storage) && has(self.storage.credentialsSecretRef))",message="spec.start needs spec.storage with credentialsSecretRef: Agora writes the files there with that key"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.mode) || !has(self.start) || has(self.start.recordingConfig) == (self.mode != 'web')",message="spec.start.recordingConfig is required in the modes individual and mix, and there is none in mode web"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.mode) || !has(self.start) || has(self.start.extensionServiceConfig) == (self.mode == 'web')",message="spec.start.extensionServiceConfig is required in mode web, and there is none in the other modes"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.mode) || !has(self.start) || self.mode != 'web' || (!has(self.start.tokenSecretRef) && !has(self.start.appCertificateSecretRef))",message="spec.start.tokenSecretRef and appCertificateSecretRef are for the modes individual and mix: mode web joins no channel"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.mode) || !has(self.start) || self.mode == 'individual' || !has(self.start.snapshotConfig)",message="spec.start.snapshotConfig is for mode individual only"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || !has(self.start.snapshotConfig) || !has(self.start.recordingConfig) || self.start.recordingConfig.streamTypes != 0",message="spec.start.snapshotConfig needs video: set spec.start.recordingConfig.streamTypes to 1 or 2"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.mode) || !has(self.start) || self.mode != 'individual' || !has(self.start.recordingFileConfig) || !has(self.start.recordingFileConfig.avFileType) || !('mp4' in self.start.recordingFileConfig.avFileType)",message="spec.start.recordingFileConfig.avFileType can contain mp4 in the modes mix and web only"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.mode) || !has(self.start) || !has(self.start.recordingConfig) || self.mode == 'individual' || !has(self.start.recordingConfig.subscribeUidGroup)",message="spec.start.recordingConfig.subscribeUidGroup is for mode individual only, where it says how many users are recorded"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.mode) || !has(self.start) || !has(self.start.recordingConfig) || self.mode == 'individual' || !has(self.start.recordingConfig.streamMode)",message="spec.start.recordingConfig.streamMode is for mode individual only"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.mode) || !has(self.start) || !has(self.start.recordingConfig) || self.mode == 'mix' || (!has(self.start.recordingConfig.transcodingConfig) && !has(self.start.recordingConfig.audioProfile))",message="spec.start.recordingConfig.transcodingConfig and audioProfile are for mode mix only"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.restartPolicy) || self.restartPolicy == 'Never' || has(self.start)",message="spec.restartPolicy can be Always or OnFailure with spec.start only: a recording that was adopted cannot be started again"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.restartPolicy) || self.restartPolicy == 'Never' || !has(self.start) || has(self.start.alternateUids)",message="spec.restartPolicy Always or OnFailure needs spec.start.alternateUids: another session needs another user ID"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || !has(self.start.alternateUids) || !has(self.uid) || !(self.uid in self.start.alternateUids)",message="spec.start.alternateUids must not hold spec.uid: another session needs another user ID"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.mode) || self.mode == 'web' || self.cname.matches('^[A-Za-z0-9 !#$%&()+:;<=.>?@\\\\[\\\\]^_{}|~,-]{1,63}$')",message="spec.cname must be the channel's name: in the modes individual and mix 1 to 63 characters, of letters, digits, spaces and ! # $ % & ( ) + - : ; < = . > ? @ [ ] ^ _ { } | ~ ,"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || !has(self.window) || !has(self.window.start) || has(self.start)",message="spec.window.start is for recordings that spec.start starts: one that is adopted runs already, and can have a spec.window.end"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || has(self.appId)",message="spec.appId is required: give the App ID of the project in the Agora Console, or name in spec.profileRef a CloudRecordingProfile that has it"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || has(self.uid)",message="spec.uid is required: give the user ID of the recording client, \"1\" to \"4294967295\", or name in spec.profileRef a CloudRecordingProfile that has it"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || has(self.mode)",message="spec.mode is required: give individual, mix or web, or name in spec.profileRef a CloudRecordingProfile that has it"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) || has(self.credentialsSecretRef)",message="spec.credentialsSecretRef is required: give the Secret with the credentials for Agora's REST API, or name in spec.profileRef a CloudRecordingProfile that has it"
// +kubebuilder:validation:XValidation:rule="has(self.profileRef) == has(oldSelf.profileRef)",message="spec.profileRef can be neither added nor removed later: create another CloudRecording"
// +kubebuilder:validation:XValidation:rule="!has(self.profileRef) || has(self.resourceId) == has(self.sid)",message="set both spec.resourceId and spec.sid to adopt a recording that runs, or neither to have one started by the profile's start"
type CloudRecordingSpec struct {
	// profileRef names a CloudRecordingProfile in the same namespace. Each of these fields
	// that this object does not set is taken from the profile, as a whole: appId, uid,
	// mode, start, restartPolicy, onChannelEmpty, maxDuration, asyncStop, deletionPolicy,
	// ttlSecondsAfterFinished, credentialsSecretRef, upload and storage. It cannot be
	// changed.
	// +optional
	ProfileRef *ProfileReference `json:"profileRef,omitempty"`

	// appId is the App ID of the Agora project that the recording belongs to.
	// It cannot be changed.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_-]+$')",message="spec.appId must be an App ID from the Agora Console: letters, digits, - and _ only"
	AppID string `json:"appId,omitempty"`

	// cname is the name of the channel to record. In mode web, which joins no channel, it
	// is a label that only tells recordings apart. It cannot be changed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="!self.matches('[^\\\\p{L}\\\\p{M}\\\\p{N}\\\\p{P}\\\\p{S}\\\\p{Zs}]|[/\\\\x{34f}\\\\x{115f}\\\\x{1160}\\\\x{17b4}\\\\x{17b5}\\\\x{180b}-\\\\x{180f}\\\\x{2800}\\\\x{3164}\\\\x{fe00}-\\\\x{fe0f}\\\\x{ffa0}\\\\x{1d159}\\\\x{e0100}-\\\\x{e01ef}]')",message="spec.cname must not contain a slash, a control character or another character that cannot be seen, such as a zero-width space or a mark of direction: give the channel's name as acquire got it, and look for what was copied along with it"
	CName string `json:"cname"`

	// uid is the user ID with which the recorder joins the channel: a whole number from 1
	// to 4294967295, written as a string. Nobody else in the channel may use it. For a
	// recording that is adopted, it is the uid that acquire was called with. It cannot be
	// changed.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:XValidation:rule="type(self) == string",messageExpression="'spec.uid must be a string: put it in quotes, uid: \"' + string(self) + '\"'",message="spec.uid must be a string: put it into quotes"
	// +kubebuilder:validation:XValidation:rule="type(self) != string || (self.matches('^[1-9][0-9]{0,9}$') && int(self) <= 4294967295)",message="spec.uid must be a whole number from 1 to 4294967295 without leading zeros, as a string: give the uid that acquire got"
	UID string `json:"uid,omitempty"`

	// mode is Agora's recording mode: individual, mix (composite) or web. It
	// cannot be changed.
	// +optional
	Mode RecordingMode `json:"mode,omitempty"`

	// resourceId is the resource ID of the recording to adopt, which Agora's acquire method
	// returned. Set it together with sid. It cannot be changed. An object that is deleted
	// before an operator has seen it is removed without a stop, and its recording goes on.
	// The finalizer cloudrecording.dev/stop in metadata.finalizers of the manifest prevents
	// that.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_=-]+$')",message="spec.resourceId must be a resource ID as Agora's acquire method returned it: letters, digits, -, _ and = only"
	ResourceID string `json:"resourceId,omitempty"`

	// sid is the recording ID of the recording to adopt, which Agora's start method
	// returned. Set it together with resourceId. It cannot be changed.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_-]+$')",message="spec.sid must be a recording ID as Agora's start method returned it: letters, digits, - and _ only"
	SID string `json:"sid,omitempty"`

	// start says how to start the recording. It cannot be combined with resourceId and sid.
	// While the recording runs, only what Agora can update can be changed: the lists of
	// users in recordingConfig, the layout and the background in its transcodingConfig, and
	// onhold and rtmpUrlSecretRef in extensionServiceConfig. You can also change
	// tokenSecretRef, appCertificateSecretRef, onExpiry and alternateUids, which take
	// effect with the next session.
	// +optional
	Start *StartSpec `json:"start,omitempty"`

	// window says when to record. Without it, the recording begins at once, and goes on
	// until something else ends it.
	// +optional
	Window *RecordingWindow `json:"window,omitempty"`

	// state is the desired state. Recording, the default, keeps the recording running.
	// Stopped stops it. Stopped is final, because Agora cannot resume a recording.
	// +optional
	// +kubebuilder:default=Recording
	// +kubebuilder:validation:XValidation:rule="self == 'Stopped' || oldSelf != 'Stopped'",message="spec.state cannot go back from Stopped to Recording: Agora cannot resume a recording; create another CloudRecording"
	State RecordingState `json:"state,omitempty"`

	// restartPolicy says what happens when a recorder ends by itself, because its channel
	// was empty for maxIdleTime or because it failed. Never, the default, starts no other
	// session. OnFailure starts another session unless the channel was empty. If no
	// notification tells the cause, it starts one more session; if that ends without having
	// recorded anything, the channel was empty. Always starts another session. The sessions
	// take turns with uid and spec.start.alternateUids. The next session starts after 10
	// seconds, or after up to 5 minutes if the sessions before it were short. No session is
	// started after state Stopped or the end of maxDuration.
	// +optional
	RestartPolicy RestartPolicy `json:"restartPolicy,omitempty"`

	// onChannelEmpty says how to treat a recorder that ended because the channel was empty
	// for maxIdleTime. Fail, the default, treats it as a failure, after which restartPolicy
	// applies. Complete treats it as the normal end of the recording. It also does so if no
	// notification tells the cause and no error is known; with restartPolicy OnFailure,
	// only after one more session.
	// +optional
	OnChannelEmpty ChannelEmptyPolicy `json:"onChannelEmpty,omitempty"`

	// maxDuration is the time after which the recording is stopped, such as 90m or 8h. It
	// counts from the start of the first session, and includes all sessions and the time
	// between them. For an adopted recording it counts from the creation of this object.
	// Without it, the recording goes on until it is stopped or ends by itself.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') && duration(self) > duration('0s')",message="spec.maxDuration must be a duration above 0s such as 90m or 8h"
	MaxDuration *metav1.Duration `json:"maxDuration,omitempty"`

	// asyncStop is Agora's clientRequest.async_stop. If true, Agora answers a stop at once,
	// without the files. If false, the default, it answers once the files are uploaded,
	// which takes up to 20 seconds.
	// +optional
	AsyncStop *bool `json:"asyncStop,omitempty"`

	// deletionPolicy says what deleting this object does to the recording. Stop, the
	// default, stops it. The object is removed once the recording is known to have ended,
	// and its upload is confirmed or spec.upload.deletionTimeout is over. Orphan removes
	// the object at once and leaves the recording running, which is billed. You can change
	// it at any time, also while the object is being deleted.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// ttlSecondsAfterFinished is the number of seconds after which this object is deleted,
	// once the recording has ended normally and all of its files are uploaded. An object
	// whose recording has failed, or whose upload is not confirmed, is never deleted.
	// Without it, the object stays, because it is the only list of its files.
	// +optional
	// +kubebuilder:validation:Minimum=0
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitempty"`

	// suspend keeps the operator from making any call to Agora for this recording, even to
	// stop it if state is Stopped. Deleting a suspended object still stops its recording,
	// according to deletionPolicy.
	// +optional
	// +kubebuilder:default=false
	Suspend bool `json:"suspend,omitempty"`

	// credentialsSecretRef names the Secret with the credentials for Agora's
	// REST API.
	// +optional
	CredentialsSecretRef CredentialsSecretReference `json:"credentialsSecretRef,omitzero"`

	// upload says how long to look for evidence that the recorded files are in the bucket.
	// +optional
	Upload UploadSpec `json:"upload,omitzero"`

	// storage says where the recorded files go. The operator looks there for the files once
	// the recording has ended: they are evidence of the upload, and show whether Agora's
	// answer is true. For an adopted recording, you can add and change it at any time. For
	// a recording that was started by this object, vendor, region, bucket and
	// fileNamePrefix cannot be changed.
	// +optional
	Storage *StorageSpec `json:"storage,omitempty"`

	// fileNamePrefix is appended to storage.fileNamePrefix. It is the folder of this
	// recording within the folder that the recordings of a profile share.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.all(element, element.matches('^[A-Za-z0-9]+$'))",message="spec.fileNamePrefix must hold elements of letters and digits only, one for each folder: Agora refuses other characters"
	FileNamePrefix []string `json:"fileNamePrefix,omitempty"`
}

// CredentialsSecretReference names a Secret in the namespace of the object.
type CredentialsSecretReference struct {
	// name of a Secret in the same namespace with the keys customerId and
	// customerSecret, a pair from the Agora Console. Optional keys:
	// requestsPerSecond, the account's raised request limit; maxRecordings, how
	// many recordings may run at once for each App ID; account, a name that
	// several credentials of one account share within the namespace so that
	// they share one budget of requests; appCertificate, the App
	// Certificate of the project, from which tokens are minted for recordings
	// whose spec.start names no Secret for that.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="spec.credentialsSecretRef.name must be the name of a Secret in the same namespace: lower-case letters, digits, - and ."
	Name string `json:"name"`
}

// UploadSpec says how long to look for evidence of the upload.
type UploadSpec struct {
	// confirmTimeout is how long after the stop the evidence of the upload may be missing
	// before a person is asked to look. Agora's transfer from its backup normally takes up
	// to 20 minutes, and sometimes more than a day. Agora keeps the backup for 72 hours at
	// most: with a longer timeout it is too late to ask Agora for the files. Evidence that
	// arrives later still counts.
	// +optional
	// +kubebuilder:default="24h"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') && duration(self) <= duration('240h')",message="spec.upload.confirmTimeout must be a duration from 0s to 240h such as 30m or 24h: the operator looks for ten days, and Agora keeps its backup for 72 hours at most"
	ConfirmTimeout *metav1.Duration `json:"confirmTimeout,omitempty"`

	// deletionTimeout is how long the deletion of this object waits for evidence of the
	// upload once the recording has ended. It never waits longer than confirmTimeout. 0s
	// waits for the stop only.
	// +optional
	// +kubebuilder:default="30m"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') && duration(self) <= duration('240h')",message="spec.upload.deletionTimeout must be a duration from 0s to 240h such as 30m or 24h"
	DeletionTimeout *metav1.Duration `json:"deletionTimeout,omitempty"`
}

// A status must contain only what Go can decode, because a single object that it cannot decode
// would keep the operator from listing any. The format date-time alone allows more than that.

// CloudRecordingStatus is the observed state of a recording.
type CloudRecordingStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// shard is the name of the shard whose operator manages the recording: a hash of what the
	// operator watches. It is empty for an operator that watches everything. Another operator
	// takes over the recording by writing the name of its own shard.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Shard string `json:"shard,omitempty"`

	// profile is the version of the CloudRecordingProfile whose fields are in resolved.
	// +optional
	Profile *ProfileStatus `json:"profile,omitempty"`

	// mode is the recording mode in effect, from spec.mode or from the profile.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Mode string `json:"mode,omitempty"`

	// resolved contains the fields of the profile, as they were right before the start of the
	// recording. Each field that the spec does not set is taken from here. The profile is not
	// read again.
	// +optional
	Resolved *CloudRecordingProfileSpec `json:"resolved,omitempty"`

	SessionStatus `json:",inline"`

	// stopReason is why the operator stops the recording, or starts none, although spec.state
	// is Recording. It is MaxDuration; ControlWindow or TokenLifetime because of
	// spec.start.onExpiry; or WindowEnded, WindowMissed or WindowPassed because of spec.window.
	// It is absent otherwise.
	// +optional
	StopReason StopReason `json:"stopReason,omitempty"`

	// firstStartedTime is when Agora accepted the start of the first session, which may no
	// longer be in sessions. spec.maxDuration counts from it. It does not change.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	FirstStartedTime *metav1.Time `json:"firstStartedTime,omitempty"`

	// sessions are the previous sessions, the oldest first. spec.restartPolicy or
	// spec.start.onExpiry has started others after them. Each has its own sid, files,
	// conditions and evidence of the upload. The other fields of the status are about the
	// current session, except for fileCount and the conditions Ready, Stopped and Uploaded,
	// which are about all sessions.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:XValidation:rule="has(self.sid) && self.sid != ''",message="a session in status.sessions must have its sid"
	Sessions []SessionStatus `json:"sessions,omitempty"`
}

// SessionStatus is the observed state of a session, which is a single recording at Agora. With
// spec.restartPolicy or spec.start.onExpiry, a recording may have several sessions, one after
// another.
type SessionStatus struct {
	// conditions are Ready, Stopped and Uploaded, and Verified with spec.storage. Expiring,
	// Reconciling and Stalled are present only while they are True.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:XValidation:rule="string(self.lastTransitionTime).endsWith('Z')",message="lastTransitionTime must be a time such as 2006-01-02T15:04:05Z"
	// +kubebuilder:validation:items:XValidation:rule="self.type.size() <= 64 && self.reason.size() <= 64 && self.message.size() <= 1024",message="a condition's type and reason must not be longer than 64 characters, and its message not longer than 1024"
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// phase is a one-word summary of the recording for people: Pending, Scheduled, Starting,
	// Recording, Stopping, Uploading, Completed or Failed. More values may be added.
	// +optional
	Phase RecordingPhase `json:"phase,omitempty"`

	// resourceId is Agora's resource ID of the current recording, or of the recording that is
	// being started.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	ResourceID string `json:"resourceId,omitempty"`

	// sid is Agora's ID of the current recording.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	SID string `json:"sid,omitempty"`

	// uid is the recording client's user ID in this session: spec.uid, or one of
	// spec.start.alternateUids.
	// +optional
	// +kubebuilder:validation:MaxLength=10
	UID string `json:"uid,omitempty"`

	// acquiredTime is when Agora returned resourceId for spec.start.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	AcquiredTime *metav1.Time `json:"acquiredTime,omitempty"`

	// startRequestedTime is when the operator began to start the recording. From then on, it
	// may be running. It is removed once Agora has refused every start since.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	StartRequestedTime *metav1.Time `json:"startRequestedTime,omitempty"`

	// startedTime is when Agora accepted the start and returned sid.
	// spec.start.resourceExpiredHour counts from it.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	StartedTime *metav1.Time `json:"startedTime,omitempty"`

	// tokenExpirationTime is when the token expires that the operator minted for the session.
	// Agora ends the session then. It is absent if the operator did not mint a token.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	TokenExpirationTime *metav1.Time `json:"tokenExpirationTime,omitempty"`

	// resourceExpiredHour is the number of hours after startedTime for which Agora accepts
	// calls for the session, as requested in acquire.
	// +optional
	ResourceExpiredHour int32 `json:"resourceExpiredHour,omitempty"`

	// mp4Requested is true if the start of this session requested MP4 files. Its files are not
	// complete without one in the bucket.
	// +optional
	MP4Requested bool `json:"mp4Requested,omitempty"`

	// serviceStatus is Agora's number for the state of the recorder, from the latest query: 0
	// not started, 1 initialized, 2 starting, 3 partly ready, 4 ready, 5 in progress, 6 stop
	// requested, 7 stopped, 8 exited, 20 exited abnormally.
	// +optional
	ServiceStatus *int32 `json:"serviceStatus,omitempty"`

	// uploadingStatus is the state of the upload as Agora reported it: uploaded, backuped
	// (files are in Agora's backup and are transferred later), unknow or unknown.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	UploadingStatus string `json:"uploadingStatus,omitempty"`

	// uploadProgress is the uploaded share of the recorded files in percent, from Agora's
	// latest notification.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	UploadProgress *int32 `json:"uploadProgress,omitempty"`

	// fileListMode is the form in which Agora reported the files: string or json.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	FileListMode string `json:"fileListMode,omitempty"`

	// fileList contains every file that Agora has ever named for this recording, and every
	// index and MP4 file found in the bucket. Entries are never removed.
	// +optional
	// +listType=map
	// +listMapKey=fileName
	// +kubebuilder:validation:MaxItems=10000
	FileList []RecordedFile `json:"fileList,omitempty"`

	// fileCount is the number of entries in fileList, including those of all sessions.
	// +optional
	FileCount int32 `json:"fileCount,omitempty"`

	// fileListFinal is true if Agora has named files together with the state of their upload,
	// so that there will be no others.
	// +optional
	FileListFinal bool `json:"fileListFinal,omitempty"`

	// extensionServiceState is the state of the services of a web recording, as Agora returned
	// it.
	// +optional
	// +listType=map
	// +listMapKey=serviceName
	// +kubebuilder:validation:MaxItems=4
	ExtensionServiceState []ExtensionServiceState `json:"extensionServiceState,omitempty"`

	// startTime is when the recording of the first slice began, as Agora reported it.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	StartTime *metav1.Time `json:"startTime,omitempty"`

	// stopRequestedTime is when the operator began to stop the recording.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	StopRequestedTime *metav1.Time `json:"stopRequestedTime,omitempty"`

	// stoppedReason is why the recording is considered to have ended. The values are reasons of
	// the condition Stopped.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	StoppedReason string `json:"stoppedReason,omitempty"`

	// stoppedTime is when the operator learned that the recording had ended.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	StoppedTime *metav1.Time `json:"stoppedTime,omitempty"`

	// uploadedReason names the evidence of the upload. The values are reasons of the condition
	// Uploaded.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	UploadedReason string `json:"uploadedReason,omitempty"`

	// uploadedTime is when the operator found evidence of the upload.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	UploadedTime *metav1.Time `json:"uploadedTime,omitempty"`

	// notFoundSince is the time since which Agora has answered that the recorder does not
	// exist. It is absent while Agora answers otherwise.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	NotFoundSince *metav1.Time `json:"notFoundSince,omitempty"`

	// applied describes the parameters that Agora was last sent, as far as they can be updated
	// while the recording runs.
	// +optional
	Applied *AppliedParameters `json:"applied,omitempty"`

	// migrations is how often the recorder was moved to another server, according to Agora's
	// notifications or the names of its files. The names of files after the n-th move begin
	// with bak<n-1>_.
	// +optional
	Migrations int32 `json:"migrations,omitempty"`

	// verification is what the operator found in the bucket. It is absent until the operator
	// has checked the bucket.
	// +optional
	Verification *StorageVerification `json:"verification,omitempty"`

	// exit is how the recorder ended, according to Agora's notifications.
	// +optional
	Exit *RecorderExit `json:"exit,omitempty"`

	// failover is the latest move of the recorder to another server, according to Agora's
	// notifications.
	// +optional
	Failover *RecorderFailover `json:"failover,omitempty"`

	// notified contains the latest event of each type for each recorder, from Agora's
	// notifications. An answer to a stop that says that files are in Agora's backup counts as
	// an event 32.
	// +optional
	// +listType=map
	// +listMapKey=eventType
	// +listMapKey=uid
	// +kubebuilder:validation:MaxItems=64
	Notified []NotifiedEvent `json:"notified,omitempty"`

	// lastError is the latest call to Agora that failed, or a failure that a notification
	// reported. A failed call is removed once a call succeeds again, and a reported failure
	// once the upload is confirmed.
	// +optional
	LastError *CallError `json:"lastError,omitempty"`
}

// AppliedParameters are fingerprints of what Agora was last sent, with which the operator
// detects changes. They reveal no secrets. A part is "uncertain" while the operator does not
// know whether Agora has received it.
type AppliedParameters struct {
	// subscription is the fingerprint of the users to record.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Subscription string `json:"subscription,omitempty"`

	// layout is the fingerprint of the layout and the background, in mode mix.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Layout string `json:"layout,omitempty"`

	// page is the fingerprint of the pause of a page's recording.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Page string `json:"page,omitempty"`

	// publishing is the fingerprint of the CDN address, keyed with the account's secret.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Publishing string `json:"publishing,omitempty"`

	// publishingSecret is the name of the Secret that contained the CDN address.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	PublishingSecret string `json:"publishingSecret,omitempty"`

	// storage is the fingerprint of the key for the bucket, if the key is temporary.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Storage string `json:"storage,omitempty"`

	// storageTime is when Agora was last sent that key.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	StorageTime *metav1.Time `json:"storageTime,omitempty"`
}

// RecordedFile is an index or MP4 file of a recording, with Agora's names.
type RecordedFile struct {
	// fileName is the name of the file. In most cases it is the full key in the bucket.
	// +required
	// +kubebuilder:validation:MaxLength=1024
	FileName string `json:"fileName"`

	// trackType is audio, video or audio_and_video.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	TrackType string `json:"trackType,omitempty"`

	// uid is the user whose stream is in the file. It is "0" in mode mix.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	UID string `json:"uid,omitempty"`

	// mixedAllUser is true if all users are in this one file.
	// +optional
	MixedAllUser *bool `json:"mixedAllUser,omitempty"`

	// isPlayable is true if the file can be played online.
	// +optional
	IsPlayable *bool `json:"isPlayable,omitempty"`

	// sliceStartTime is when the recording of the file began, in milliseconds
	// since 1970.
	// +optional
	SliceStartTime *int64 `json:"sliceStartTime,omitempty"`

	// discovered is true if the operator found the file in the bucket and Agora has not named
	// it.
	// +optional
	Discovered bool `json:"discovered,omitempty"`
}

// ExtensionServiceState is the state of a service of a web recording.
type ExtensionServiceState struct {
	// serviceName is web_recorder_service, upload_service or rtmp_publish_service.
	// +required
	// +kubebuilder:validation:MaxLength=64
	ServiceName string `json:"serviceName"`

	// payload is the state that the service reports. Its files are in status.fileList.
	// +optional
	Payload ExtensionServicePayload `json:"payload,omitempty"`
}

// ExtensionServicePayload is the state that a service of a web recording reports.
type ExtensionServicePayload struct {
	// state is init, inProgress or exit.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	State string `json:"state,omitempty"`

	// onhold is true if the recording of the page is paused.
	// +optional
	Onhold *bool `json:"onhold,omitempty"`

	// uploadingStatus is uploaded, backuped, unknow or unknown.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	UploadingStatus string `json:"uploadingStatus,omitempty"`

	// status is connecting, publishing, onhold or disconnected. It is present if the service
	// pushes to a single CDN address.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Status string `json:"status,omitempty"`

	// outputs are the CDN addresses to which the service pushes.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=4
	Outputs []ExtensionServiceOutput `json:"outputs,omitempty"`
}

// ExtensionServiceOutput is a CDN address to which a web recording is pushed.
type ExtensionServiceOutput struct {
	// rtmpUrl is the address without its path, which contains the secret stream key.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	RTMPURL string `json:"rtmpUrl,omitempty"`

	// status is connecting, publishing, onhold or disconnected.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Status string `json:"status,omitempty"`
}

// CallError is a call to Agora that failed, or a failure that Agora reported in a notification.
type CallError struct {
	// operation is the method of Agora's REST API, such as query or stop, or the
	// name of the notification, such as cloud_recording_error.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Operation string `json:"operation"`

	// httpStatus is the status of Agora's answer. It is absent if there was none.
	// +optional
	HTTPStatus int32 `json:"httpStatus,omitempty"`

	// code is Agora's error code. It is absent if the answer contained none.
	// +optional
	Code int32 `json:"code,omitempty"`

	// reason is the message from Agora or the network.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Reason string `json:"reason,omitempty"`

	// unexpected is true if Agora, or something on the way to it, refuses the request with an
	// answer (HTTP status 4xx) that the operator does not know.
	// +optional
	Unexpected bool `json:"unexpected,omitempty"`

	// problem is the reason of the condition Ready to which the error leads, such as
	// CredentialsRejected. It is absent for errors that are temporary, and for errors that do
	// not prevent the recording from continuing.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Problem string `json:"problem,omitempty"`

	// since is the time since which the operation has been failing in this way.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	Since metav1.Time `json:"since"`
}

// CloudRecording is a recording of a channel or a web page by Agora's cloud recording
// service.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=cloudrecordings,singular=cloudrecording,shortName=crec,categories=agora,scope=Namespaced
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.profile) || (has(self.spec.appId) == has(oldSelf.spec.appId) && has(self.spec.uid) == has(oldSelf.spec.uid) && has(self.spec.mode) == has(oldSelf.spec.mode) && has(self.spec.start) == has(oldSelf.spec.start) && has(self.spec.resourceId) == has(oldSelf.spec.resourceId) && has(self.spec.sid) == has(oldSelf.spec.sid))",message="spec.appId, uid, mode, start, resourceId and sid can be neither added nor removed once the profile holds for the recording: create another CloudRecording",fieldPath=".spec"
// +kubebuilder:selectablefield:JSONPath=`.spec.cname`
// +kubebuilder:selectablefield:JSONPath=`.status.shard`
// +kubebuilder:selectablefield:JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Channel",type=string,JSONPath=`.spec.cname`,description="The channel"
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.status.mode`,description="The recording mode"
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`,description="How far the recording is"
// +kubebuilder:printcolumn:name="Uploaded",type=string,JSONPath=`.status.conditions[?(@.type=="Uploaded")].status`,description="Whether there is evidence that the files are in the bucket"
// +kubebuilder:printcolumn:name="Files",type=integer,JSONPath=`.status.fileCount`,description="How many files Agora has reported"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the recording is as wanted"
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,description="Why it is ready or not"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Upload",type=string,JSONPath=`.status.uploadingStatus`,priority=1,description="The state of the upload, as Agora said it"
// +kubebuilder:printcolumn:name="Upload%",type=integer,JSONPath=`.status.uploadProgress`,priority=1,description="How much of the files is uploaded, as Agora last notified it"
// +kubebuilder:printcolumn:name="Verified",type=string,JSONPath=`.status.conditions[?(@.type=="Verified")].status`,priority=1,description="Whether the bucket holds all files"
// +kubebuilder:printcolumn:name="Profile",type=string,JSONPath=`.spec.profileRef.name`,priority=1,description="The profile whose fields hold"
// +kubebuilder:printcolumn:name="UID",type=string,JSONPath=`.status.uid`,priority=1,description="The recording client's user ID in the current session"
// +kubebuilder:printcolumn:name="SID",type=string,JSONPath=`.status.sid`,priority=1,description="Agora's recording ID of the current session"
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="What happened, and what to do"
type CloudRecording struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the desired state of the recording.
	// +required
	Spec CloudRecordingSpec `json:"spec"`

	// status is the observed state of the recording.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1,"phase":"Pending"}
	Status CloudRecordingStatus `json:"status,omitempty"`
}

// CloudRecordingList is a list of CloudRecordings.
//
// +kubebuilder:object:root=true
type CloudRecordingList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []CloudRecording `json:"items"`
}
