// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// StartSpec says how a recording is started. It contains the parameters of Agora's acquire and
// start methods, except for the storage, which is in spec.storage, and secrets, which are in
// Secrets.
//
// +kubebuilder:validation:XValidation:rule="self.onExpiry != 'StartNext' || has(self.alternateUids)",message="spec.start.onExpiry StartNext needs spec.start.alternateUids: another session needs another user ID"
// +kubebuilder:validation:XValidation:rule="!has(self.region) || !has(self.rawParameters) || !self.rawParameters.exists(parameter, parameter.method == 'acquire' && parameter.name == 'regionAffinity')",message="set spec.start.region or regionAffinity in spec.start.rawParameters, not both: Agora documents no recording that has both"
// +kubebuilder:validation:XValidation:rule="!has(self.rawParameters) || self.rawParameters.all(parameter, parameter.method != 'start' || ((has(self.recordingConfig) || !parameter.name.startsWith('recordingConfig.')) && (has(self.recordingFileConfig) || !parameter.name.startsWith('recordingFileConfig.')) && (has(self.snapshotConfig) || !parameter.name.startsWith('snapshotConfig.')) && (has(self.extensionServiceConfig) || !parameter.name.startsWith('extensionServiceConfig.')) && (has(self.recordingConfig) && has(self.recordingConfig.transcodingConfig) || !parameter.name.startsWith('recordingConfig.transcodingConfig.'))))",message="a member in spec.start.rawParameters stands within recordingConfig, its transcodingConfig, recordingFileConfig, snapshotConfig or extensionServiceConfig, and spec.start has no such object: add it, or leave the member out"
// +kubebuilder:validation:XValidation:rule="!has(self.rawParameters) || !has(self.extensionServiceConfig) || self.rawParameters.all(parameter, parameter.method != 'start' || !parameter.name.startsWith('extensionServiceConfig.extensionServices.') || self.extensionServiceConfig.extensionServices.exists(service, parameter.name.startsWith('extensionServiceConfig.extensionServices.' + service.serviceName + '.')))",message="a member in spec.start.rawParameters stands within a service that spec.start.extensionServiceConfig does not have: name a service by its serviceName, as in extensionServiceConfig.extensionServices.web_recorder_service.serviceParam.newMember"
// +kubebuilder:validation:XValidation:rule="!has(self.tokenSecretRef) || !has(self.appCertificateSecretRef)",message="set spec.start.tokenSecretRef for a token that you have minted, or appCertificateSecretRef to have the operator mint one for each session, not both"
type StartSpec struct {
	// tokenSecretRef names the Secret with the RTC token with which the recorder joins the
	// channel. A project with an App Certificate needs one. Agora cannot renew it, so it
	// must outlive the session. You can change it at any time; the next session uses it.
	// +optional
	TokenSecretRef *TokenSecretReference `json:"tokenSecretRef,omitempty"`

	// appCertificateSecretRef names the Secret with the App Certificate of the project. The
	// operator mints a token from it for each session: for this channel and the recorder's
	// user ID only, and valid for 24 hours at most. The session ends with its token, so
	// onExpiry applies to it too. If neither this nor tokenSecretRef is set, the Secret in
	// credentialsSecretRef may hold the certificate. You can change it at any time; the
	// next session uses it.
	// +optional
	AppCertificateSecretRef *AppCertificateSecretReference `json:"appCertificateSecretRef,omitempty"`

	// resourceExpiredHour is the control window: for how many hours after the start Agora
	// takes calls for the recording. After that Agora refuses to stop the recording, which
	// goes on and is billed. So choose more than it can last. onExpiry says what the
	// operator does before the window ends.
	// +optional
	// +kubebuilder:default=72
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=720
	ResourceExpiredHour int32 `json:"resourceExpiredHour,omitempty"`

	// onExpiry says what happens when resourceExpiredHour, or the lifetime of a token that
	// the operator minted, is nearly over. Stop, the default, stops the recording when a
	// twentieth is left: at least 3 minutes and at most an hour. StartNext starts another
	// session when a tenth is left, with the next of alternateUids, and stops this one once
	// the other records, so that nothing is missed.
	// +optional
	// +kubebuilder:default=Stop
	OnExpiry ExpiryPolicy `json:"onExpiry,omitempty"`

	// alternateUids are user IDs for further sessions, which restartPolicy and onExpiry
	// start. They take turns with spec.uid. Nobody else in the channel may use them. The
	// Secret with the token may hold a token for each, under the key token-UID such as
	// token-527842. Otherwise the one under the key token is used.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.all(uid, uid.matches('^[1-9][0-9]{0,9}$') && int(uid) <= 4294967295)",message="spec.start.alternateUids must hold whole numbers from 1 to 4294967295 without leading zeros, as strings"
	AlternateUIDs []string `json:"alternateUids,omitempty"`

	// region keeps Agora's recording service inside a region: CN, AP (Asia without mainland
	// China), EU or NA. The bucket must be in that region too.
	// +optional
	// +kubebuilder:validation:Enum=CN;AP;EU;NA
	Region string `json:"region,omitempty"`

	// excludeResourceIds are the resource IDs of other recordings whose servers Agora is to
	// avoid, so that a fault of a server affects only one of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=1024
	ExcludeResourceIDs []string `json:"excludeResourceIds,omitempty"`

	// recordingConfig says how the channel is recorded. It is required in the modes
	// individual and mix.
	// +optional
	RecordingConfig *RecordingConfig `json:"recordingConfig,omitempty"`

	// recordingFileConfig says which files are written. Leave it out in mode individual to
	// take screenshots only.
	// +optional
	RecordingFileConfig *RecordingFileConfig `json:"recordingFileConfig,omitempty"`

	// snapshotConfig takes screenshots, in mode individual.
	// +optional
	SnapshotConfig *SnapshotConfig `json:"snapshotConfig,omitempty"`

	// extensionServiceConfig says which web page is recorded, and to which address it is
	// pushed. It is required in mode web.
	// +optional
	ExtensionServiceConfig *ExtensionServiceConfig `json:"extensionServiceConfig,omitempty"`

	// rawParameters are members of the clientRequest of start or acquire that have no field
	// here. A member is refused if it has a field, has no effect in that method, or looks
	// secret.
	// +optional
	// +listType=map
	// +listMapKey=method
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	RawParameters []RawParameter `json:"rawParameters,omitempty"`
}

// ExpiryPolicy is what happens when Agora will soon accept no more calls for a recording.
// +kubebuilder:validation:Enum=Stop;StartNext
type ExpiryPolicy string

const (
	// ExpiryPolicyStop stops the recording in time.
	ExpiryPolicyStop ExpiryPolicy = "Stop"

	// ExpiryPolicyStartNext starts another session in time.
	ExpiryPolicyStartNext ExpiryPolicy = "StartNext"
)

// TokenSecretReference names a Secret in the namespace of the object.
type TokenSecretReference struct {
	// name of a Secret in the same namespace with the key token. If user IDs in alternateUids
	// have their own tokens, it also has keys such as token-527842.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="spec.start.tokenSecretRef.name must be the name of a Secret in the same namespace: lower-case letters, digits, - and ."
	Name string `json:"name"`
}

// AppCertificateSecretReference names a Secret in the namespace of the object.
type AppCertificateSecretReference struct {
	// name of a Secret in the same namespace with the key appCertificate: a primary or
	// secondary certificate from the Agora Console, with 32 hexadecimal digits.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="spec.start.appCertificateSecretRef.name must be the name of a Secret in the same namespace: lower-case letters, digits, - and ."
	Name string `json:"name"`
}

// DecryptionSecretReference names a Secret in the namespace of the object.
type DecryptionSecretReference struct {
	// name of a Secret in the same namespace with the key secret, the channel's password. For
	// the decryption modes 7 and 8 it also has the key salt, 32 bytes as base64 text, in the
	// form for Agora's SDKs.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="spec.start.recordingConfig.decryptionSecretRef.name must be the name of a Secret in the same namespace: lower-case letters, digits, - and ."
	Name string `json:"name"`
}

// UserID is the ID of a user in the channel, or #allstream# for all of them.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=32
type UserID string

// RecordingConfig is Agora's recordingConfig: how a channel is recorded.
//
// +kubebuilder:validation:XValidation:rule="!has(self.streamMode) || self.streamMode != 'original' || self.streamTypes == 0",message="spec.start.recordingConfig.streamMode can be original for audio alone: set streamTypes to 0"
// +kubebuilder:validation:XValidation:rule="self.decryptionMode == 0 ? !has(self.decryptionSecretRef) : has(self.decryptionSecretRef)",message="spec.start.recordingConfig.decryptionSecretRef goes together with a decryptionMode other than 0: set both or neither"
// +kubebuilder:validation:XValidation:rule="!(has(self.subscribeAudioUids) && has(self.unsubscribeAudioUids))",message="set spec.start.recordingConfig.subscribeAudioUids or unsubscribeAudioUids, not both"
// +kubebuilder:validation:XValidation:rule="!(has(self.subscribeVideoUids) && has(self.unsubscribeVideoUids))",message="set spec.start.recordingConfig.subscribeVideoUids or unsubscribeVideoUids, not both"
type RecordingConfig struct {
	// channelType is the profile of the channel, which must be the same in its users' SDKs: 0
	// communication, 1 live broadcasting.
	// +optional
	// +kubebuilder:default=0
	// +kubebuilder:validation:Enum=0;1
	ChannelType int32 `json:"channelType"`

	// streamTypes is what is recorded: 0 audio, 1 video, 2 both.
	// +optional
	// +kubebuilder:default=2
	// +kubebuilder:validation:Enum=0;1;2
	StreamTypes int32 `json:"streamTypes"`

	// streamMode is, in mode individual, default, standard (adds an index of audio and video
	// together) or original (audio only, not transcoded).
	// +optional
	// +kubebuilder:validation:Enum=default;standard;original
	StreamMode string `json:"streamMode,omitempty"`

	// videoStreamType is the stream to record if users send two: 0 the high-quality stream, 1
	// the low-quality stream.
	// +optional
	// +kubebuilder:default=0
	// +kubebuilder:validation:Enum=0;1
	VideoStreamType int32 `json:"videoStreamType"`

	// maxIdleTime is the number of seconds without users (in a live channel: without hosts)
	// after which the recording ends by itself. Agora's default is 30, and it recommends 300.
	// +optional
	// +kubebuilder:default=30
	// +kubebuilder:validation:Minimum=5
	// +kubebuilder:validation:Maximum=2592000
	MaxIdleTime int32 `json:"maxIdleTime"`

	// decryptionMode is how the channel is encrypted: 0 not at all, 1
	// AES_128_XTS, 2 AES_128_ECB, 3 AES_256_XTS, 4 SM4_128_ECB, 5 AES_128_GCM, 6
	// AES_256_GCM, 7 AES_128_GCM2, 8 AES_256_GCM2.
	// +optional
	// +kubebuilder:default=0
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=8
	DecryptionMode int32 `json:"decryptionMode"`

	// decryptionSecretRef names the Secret with Agora's secret and salt.
	// +optional
	DecryptionSecretRef *DecryptionSecretReference `json:"decryptionSecretRef,omitempty"`

	// audioProfile is, in mode mix, the quality of the sound: 0 mono at 48 kbit/s,
	// 1 mono at 128 kbit/s, 2 stereo at 192 kbit/s.
	// +optional
	// +kubebuilder:validation:Enum=0;1;2
	AudioProfile *int32 `json:"audioProfile,omitempty"`

	// transcodingConfig is, in mode mix, how the video is composed. You can change all of it
	// while the recording runs, except for width, height, fps and bitrate.
	// +optional
	TranscodingConfig *TranscodingConfig `json:"transcodingConfig,omitempty"`

	// subscribeAudioUids are the users whose audio is recorded. ["#allstream#"] stands for all.
	// With a list for only audio or only video, Agora does not record the other. Without any
	// list, it records all. You can change the lists while the recording runs.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:XValidation:rule="self.all(uid, uid == '#allstream#' || (uid.matches('^(0|[1-9][0-9]{0,9})$') && int(uid) <= 4294967295))",message="spec.start.recordingConfig.subscribeAudioUids must hold user IDs, which are whole numbers up to 4294967295 without leading zeros, as strings, or #allstream#"
	SubscribeAudioUIDs []UserID `json:"subscribeAudioUids,omitempty"`

	// subscribeVideoUids are the users whose video is recorded. You can change them while the
	// recording runs.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:XValidation:rule="self.all(uid, uid == '#allstream#' || (uid.matches('^(0|[1-9][0-9]{0,9})$') && int(uid) <= 4294967295))",message="spec.start.recordingConfig.subscribeVideoUids must hold user IDs, which are whole numbers up to 4294967295 without leading zeros, as strings, or #allstream#"
	SubscribeVideoUIDs []UserID `json:"subscribeVideoUids,omitempty"`

	// unsubscribeAudioUids are the users whose audio is not recorded. You can change them while
	// the recording runs.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:XValidation:rule="self.all(uid, uid.matches('^(0|[1-9][0-9]{0,9})$') && int(uid) <= 4294967295)",message="spec.start.recordingConfig.unsubscribeAudioUids must hold user IDs, which are whole numbers up to 4294967295 without leading zeros, as strings"
	UnsubscribeAudioUIDs []UserID `json:"unsubscribeAudioUids,omitempty"`

	// unsubscribeVideoUids are the users whose video is not recorded. You can change them while
	// the recording runs.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:XValidation:rule="self.all(uid, uid.matches('^(0|[1-9][0-9]{0,9})$') && int(uid) <= 4294967295)",message="spec.start.recordingConfig.unsubscribeVideoUids must hold user IDs, which are whole numbers up to 4294967295 without leading zeros, as strings"
	UnsubscribeVideoUIDs []UserID `json:"unsubscribeVideoUids,omitempty"`

	// subscribeUidGroup is the number of users that are recorded in mode individual: 0 up to 2,
	// 1 up to 7, 2 up to 12, 3 up to 17, 4 up to 32, 5 up to 49. Agora's own clients omit 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=5
	SubscribeUIDGroup *int32 `json:"subscribeUidGroup,omitempty"`

	// privateParams is a JSON object, as a text, with settings from Agora's support, such as
	// {"correctEXTINF": true}.
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=4096
	// +kubebuilder:validation:XValidation:rule="self.matches('^[ \\t\\r\\n]*[{](.|\\n|\\r)*[}][ \\t\\r\\n]*$')",message="spec.start.recordingConfig.privateParams must be a JSON object, as a text, such as {\"correctEXTINF\": true}"
	PrivateParams string `json:"privateParams,omitempty"`
}

// TranscodingConfig is Agora's transcodingConfig: how the video is composed in mode mix. You
// can change the layout and the background while the recording runs.
//
// +kubebuilder:validation:XValidation:rule="self.width * self.height <= 1920 * 1080",message="spec.start.recordingConfig.transcodingConfig.width times height must not be more than 1920 times 1080"
// +kubebuilder:validation:XValidation:rule="has(self.layoutConfig) == (self.mixedVideoLayout == 3)",message="spec.start.recordingConfig.transcodingConfig.layoutConfig goes together with mixedVideoLayout 3: set both or neither"
// +kubebuilder:validation:XValidation:rule="!has(self.maxResolutionUid) || self.mixedVideoLayout == 2",message="spec.start.recordingConfig.transcodingConfig.maxResolutionUid is for mixedVideoLayout 2 only"
type TranscodingConfig struct {
	// width of the video in pixels. It cannot be changed while the recording runs.
	// +optional
	// +kubebuilder:default=360
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1920
	Width int32 `json:"width"`

	// height of the video in pixels. It cannot be changed while the recording runs.
	// +optional
	// +kubebuilder:default=640
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1920
	Height int32 `json:"height"`

	// fps is the number of frames per second. It cannot be changed while the recording runs.
	// +optional
	// +kubebuilder:default=15
	// +kubebuilder:validation:Enum=1;7;10;15;24;30;60
	FPS int32 `json:"fps"`

	// bitrate of the video in kbit/s. It cannot be changed while the recording runs.
	// +optional
	// +kubebuilder:default=500
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=6500
	Bitrate int32 `json:"bitrate"`

	// mixedVideoLayout is 0 floating, 1 best fit, 2 vertical or 3 custom.
	// +optional
	// +kubebuilder:default=0
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3
	MixedVideoLayout int32 `json:"mixedVideoLayout"`

	// maxResolutionUid is the user who is shown in large size in layout 2.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.matches('^(0|[1-9][0-9]{0,9})$') && int(self) <= 4294967295",message="spec.start.recordingConfig.transcodingConfig.maxResolutionUid must be a user ID, a whole number up to 4294967295 without leading zeros, as a string"
	MaxResolutionUID UserID `json:"maxResolutionUid,omitempty"`

	// backgroundColor as #RRGGBB.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^#[0-9A-Fa-f]{6}$')",message="spec.start.recordingConfig.transcodingConfig.backgroundColor must be # and six hexadecimal digits, two each for red, green and blue, such as #336699; names of colors are not known"
	BackgroundColor string `json:"backgroundColor,omitempty"`

	// backgroundImage is the URL of an image behind all users.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[!-~]+$')",message="spec.start.recordingConfig.transcodingConfig.backgroundImage must be a URL that begins with https:// or http://, without blanks and other characters that a URL cannot hold: write a blank as %20"
	BackgroundImage string `json:"backgroundImage,omitempty"`

	// defaultUserBackgroundImage is the URL of an image for users without video.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[!-~]+$')",message="spec.start.recordingConfig.transcodingConfig.defaultUserBackgroundImage must be a URL that begins with https:// or http://, without blanks and other characters that a URL cannot hold: write a blank as %20"
	DefaultUserBackgroundImage string `json:"defaultUserBackgroundImage,omitempty"`

	// layoutConfig are the positions of the users in layout 3.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=17
	// +kubebuilder:validation:XValidation:rule="self.all(place, !has(place.uid) || self.exists_one(other, has(other.uid) && other.uid == place.uid))",message="spec.start.recordingConfig.transcodingConfig.layoutConfig must not name the same uid twice: give each user one place"
	LayoutConfig []LayoutConfig `json:"layoutConfig,omitempty"`

	// backgroundConfig are images for single users without video.
	// +optional
	// +listType=map
	// +listMapKey=uid
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=17
	BackgroundConfig []BackgroundConfig `json:"backgroundConfig,omitempty"`
}

// LayoutConfig is the position of a user in the video, in fractions of its width and height
// with up to six decimals.
//
// +kubebuilder:validation:XValidation:rule="self.x_axis + self.width <= 1.000001 && self.y_axis + self.height <= 1.000001",message="a place in spec.start.recordingConfig.transcodingConfig.layoutConfig must lie within the video: x_axis plus width, and y_axis plus height, must not be more than 1"
type LayoutConfig struct {
	// uid is the user who is shown here. Without it, any user is shown.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.matches('^(0|[1-9][0-9]{0,9})$') && int(self) <= 4294967295",message="uid in spec.start.recordingConfig.transcodingConfig.layoutConfig must be a user ID, a whole number up to 4294967295 without leading zeros, as a string"
	UID UserID `json:"uid,omitempty"`

	// x_axis is the left edge.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1
	XAxis float64 `json:"x_axis"`

	// y_axis is the upper edge.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1
	YAxis float64 `json:"y_axis"`

	// width of the area.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1
	Width float64 `json:"width"`

	// height of the area.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1
	Height float64 `json:"height"`

	// alpha is the opacity, from 0 for transparent to 1 for opaque.
	// +optional
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1
	Alpha *float64 `json:"alpha,omitempty"`

	// render_mode is 0 to fill the area and crop the video, 1 to fit the video into the area.
	// +optional
	// +kubebuilder:default=0
	// +kubebuilder:validation:Enum=0;1
	RenderMode int32 `json:"render_mode"`
}

// BackgroundConfig is the image for a user without video.
type BackgroundConfig struct {
	// uid is the user.
	// +required
	// +kubebuilder:validation:XValidation:rule="self.matches('^(0|[1-9][0-9]{0,9})$') && int(self) <= 4294967295",message="uid in spec.start.recordingConfig.transcodingConfig.backgroundConfig must be a user ID, a whole number up to 4294967295 without leading zeros, as a string"
	UID UserID `json:"uid"`

	// image_url is the URL of a JPG or BMP image of up to 6 MB.
	// +required
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[!-~]+$')",message="image_url in spec.start.recordingConfig.transcodingConfig.backgroundConfig must be a URL that begins with https:// or http://, without blanks and other characters that a URL cannot hold: write a blank as %20"
	ImageURL string `json:"image_url"`

	// render_mode is 0 to fill the area and crop the image, 1 to fit the image into the area.
	// +optional
	// +kubebuilder:default=0
	// +kubebuilder:validation:Enum=0;1
	RenderMode int32 `json:"render_mode"`
}

// RecordingFileConfig is Agora's recordingFileConfig: the types of recorded files.
type RecordingFileConfig struct {
	// avFileType is ["hls"], or ["hls", "mp4"] in the modes mix and web.
	// +optional
	// +listType=set
	// +kubebuilder:default={"hls"}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	// +kubebuilder:validation:XValidation:rule="'hls' in self",message="spec.start.recordingFileConfig.avFileType must contain hls: Agora makes MP4 files only beside HLS"
	AVFileType []AVFileType `json:"avFileType,omitempty"`
}

// AVFileType is a type of recorded files.
// +kubebuilder:validation:Enum=hls;mp4
type AVFileType string

const (
	// AVFileTypeHLS records index files and slices.
	AVFileTypeHLS AVFileType = "hls"

	// AVFileTypeMP4 records MP4 files as well.
	AVFileTypeMP4 AVFileType = "mp4"
)

// SnapshotConfig is Agora's snapshotConfig: screenshots of every user.
type SnapshotConfig struct {
	// captureInterval is the time between two screenshots in seconds.
	// +optional
	// +kubebuilder:default=10
	// +kubebuilder:validation:Minimum=5
	// +kubebuilder:validation:Maximum=3600
	CaptureInterval int32 `json:"captureInterval"`

	// fileType is ["jpg"].
	// +optional
	// +listType=set
	// +kubebuilder:default={"jpg"}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=1
	FileType []SnapshotFileType `json:"fileType"`
}

// SnapshotFileType is a file type of screenshots.
// +kubebuilder:validation:Enum=jpg
type SnapshotFileType string

// RawParameter is a member of a clientRequest.
//
// +kubebuilder:validation:XValidation:rule="self.name.matches('^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)*$')",message="name in spec.start.rawParameters must be the path of a member of clientRequest, its parts separated by dots, such as recordingConfig.newMember"
// +kubebuilder:validation:XValidation:rule="self.method != 'acquire' || !self.name.lowerAscii().matches('^(resourceexpiredhour|region|excluderesourceids)([.].*)?$')",messageExpression="self.name + ' in spec.start.rawParameters has a field of its own in spec.start, in whatever case of letters: set it there'"
// +kubebuilder:validation:XValidation:rule="self.method != 'acquire' || !self.name.lowerAscii().matches('^(scene|startparameter)([.].*)?$')",messageExpression="self.name + ' in spec.start.rawParameters cannot be set for acquire: scene follows from spec.mode, and startParameter would repeat the clientRequest of start with what is secret in it'"
// +kubebuilder:validation:XValidation:rule="self.method != 'start' || !self.name.lowerAscii().matches('^(scene|resourceexpiredhour|region|regionaffinity|excluderesourceids|startparameter)([.].*)?$')",messageExpression="self.name + ' in spec.start.rawParameters has no effect in the clientRequest of start, since Agora takes it in that of acquire: resourceExpiredHour, region and excludeResourceIds have fields in spec.start, regionAffinity is set here with method acquire, and scene follows from spec.mode'"
// +kubebuilder:validation:XValidation:rule="self.method != 'acquire' || !self.name.lowerAscii().matches('^(recordingconfig|recordingfileconfig|snapshotconfig|storageconfig|extensionserviceconfig)([.].*)?$')",messageExpression="self.name + ' in spec.start.rawParameters has no effect in the clientRequest of acquire, since Agora takes it in that of start: set it there'"
// +kubebuilder:validation:XValidation:rule="!self.name.lowerAscii().matches('^(appscollection|transcodeoptions)([.].*)?$')",messageExpression="self.name + ' in spec.start.rawParameters needs the scene 2 of acquire, postponed transcoding, which Agora has withdrawn and the operator does not ask for: leave it out, and transcode the files in the bucket'"
// +kubebuilder:validation:XValidation:rule="!self.name.lowerAscii().matches('(secret|token|salt|key|passw|passphrase|pwd|credential|authorization|rtmpurl)') && !self.value.lowerAscii().matches('\"[^\"]*(secret|token|salt|key|passw|passphrase|pwd|credential|authorization|rtmpurl)[^\"]*\"[ \\\\t\\\\r\\\\n]*:') && !self.value.lowerAscii().matches('[a-z0-9]:.?/.?/[^\"/?# ]*@')",messageExpression="self.name + ' in spec.start.rawParameters looks secret by a name or an address with a user in it, and everybody who may read the object would see it: a token belongs in the Secret of tokenSecretRef, an App Certificate in that of appCertificateSecretRef, the password of the channel in that of decryptionSecretRef, a key of the bucket in that of spec.storage.credentialsSecretRef, an address to push to in that of rtmpUrlSecretRef; leave out what none of them takes'"
type RawParameter struct {
	// method is the method of Agora that receives the member: start or acquire.
	// +optional
	// +kubebuilder:default=start
	Method RawParameterMethod `json:"method,omitempty"`

	// name is the path of the member within clientRequest, with dots between its parts, such as
	// recordingConfig.newMember. A service is identified by its serviceName, as in
	// extensionServiceConfig.extensionServices.web_recorder_service.serviceParam.newMember.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name"`

	// value of the member, as JSON: true, 5, "text" or {"a": 1}.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Value string `json:"value"`
}

// RawParameterMethod is a method of Agora whose clientRequest receives a member.
// +kubebuilder:validation:Enum=start;acquire
type RawParameterMethod string

const (
	// RawParameterMethodStart is start.
	RawParameterMethodStart RawParameterMethod = "start"

	// RawParameterMethodAcquire is acquire.
	RawParameterMethodAcquire RawParameterMethod = "acquire"
)
