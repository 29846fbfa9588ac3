// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// ExtensionServiceConfig is Agora's extensionServiceConfig: the page that mode web records, and
// the address to which it is pushed.
//
// +kubebuilder:validation:XValidation:rule="self.extensionServices.exists(service, service.serviceName == 'web_recorder_service')",message="spec.start.extensionServiceConfig.extensionServices must contain web_recorder_service, which records the page"
type ExtensionServiceConfig struct {
	// errorHandlePolicy is the effect of a failing service on the others. Agora only supports
	// error_abort.
	// +optional
	// +kubebuilder:default=error_abort
	// +kubebuilder:validation:Enum=error_abort
	ErrorHandlePolicy string `json:"errorHandlePolicy,omitempty"`

	// extensionServices are web_recorder_service, which records the page, and optionally
	// rtmp_publish_service, which pushes it to a CDN.
	// +required
	// +listType=map
	// +listMapKey=serviceName
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	ExtensionServices []ExtensionService `json:"extensionServices"`
}

// ExtensionService is a service of a web recording.
//
// +kubebuilder:validation:XValidation:rule="self.serviceName != 'web_recorder_service' || (has(self.serviceParam.url) && has(self.serviceParam.audioProfile) && has(self.serviceParam.videoWidth) && has(self.serviceParam.videoHeight) && has(self.serviceParam.maxRecordingHour) && !has(self.serviceParam.outputs))",message="serviceParam of web_recorder_service needs url, audioProfile, videoWidth, videoHeight and maxRecordingHour, and has no outputs"
// +kubebuilder:validation:XValidation:rule="!has(self.errorHandlePolicy) || self.errorHandlePolicy == (self.serviceName == 'web_recorder_service' ? 'error_abort' : 'error_ignore')",message="errorHandlePolicy must be error_abort for web_recorder_service and error_ignore for rtmp_publish_service: Agora knows no other"
type ExtensionService struct {
	// serviceName is web_recorder_service or rtmp_publish_service.
	// +required
	// +kubebuilder:validation:Enum=web_recorder_service;rtmp_publish_service
	ServiceName string `json:"serviceName"`

	// errorHandlePolicy is error_abort for web_recorder_service and error_ignore for
	// rtmp_publish_service, as Agora requires. It is optional.
	// +optional
	// +kubebuilder:validation:Enum=error_abort;error_ignore
	ErrorHandlePolicy string `json:"errorHandlePolicy,omitempty"`

	// serviceParam are the parameters of the service.
	// +required
	ServiceParam ExtensionServiceParam `json:"serviceParam"`
}

// ExtensionServiceParam is Agora's serviceParam. web_recorder_service has all fields except
// outputs, and rtmp_publish_service has only outputs.
//
// +kubebuilder:validation:XValidation:rule="!has(self.videoWidth) || !has(self.videoHeight) || self.videoWidth * self.videoHeight <= 1920 * 1080",message="videoWidth times videoHeight must not be more than 1920 times 1080"
type ExtensionServiceParam struct {
	// url is the address of the page.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[^\\\\s]+$')",message="serviceParam.url must be the page's URL: it begins with https:// or http:// and holds no blank, which is written as %20"
	URL string `json:"url,omitempty"`

	// audioProfile is the quality of the sound: 0 mono at 48 kbit/s, 1 mono at
	// 128 kbit/s, 2 stereo at 192 kbit/s.
	// +optional
	// +kubebuilder:validation:Enum=0;1;2
	AudioProfile *int32 `json:"audioProfile,omitempty"`

	// videoWidth is the width of the video in pixels.
	// +optional
	// +kubebuilder:validation:Minimum=240
	// +kubebuilder:validation:Maximum=1920
	VideoWidth int32 `json:"videoWidth,omitempty"`

	// videoHeight is the height of the video in pixels.
	// +optional
	// +kubebuilder:validation:Minimum=240
	// +kubebuilder:validation:Maximum=1920
	VideoHeight int32 `json:"videoHeight,omitempty"`

	// maxRecordingHour is the number of hours after which the recording ends by itself.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=720
	MaxRecordingHour int32 `json:"maxRecordingHour,omitempty"`

	// videoBitrate is the bitrate of the video in kbit/s. Agora's default is 2000 for 1280
	// times 720 pixels and more, and 1500 below.
	// +optional
	// +kubebuilder:validation:Minimum=50
	// +kubebuilder:validation:Maximum=8000
	VideoBitrate int32 `json:"videoBitrate,omitempty"`

	// videoFps is the number of frames per second. Agora's default is 15.
	// +optional
	// +kubebuilder:validation:Minimum=5
	// +kubebuilder:validation:Maximum=60
	VideoFPS int32 `json:"videoFps,omitempty"`

	// mobile renders the page as on a phone.
	// +optional
	Mobile *bool `json:"mobile,omitempty"`

	// maxVideoDuration is the length of an MP4 file in minutes. Agora's default is 120.
	// +optional
	// +kubebuilder:validation:Minimum=30
	// +kubebuilder:validation:Maximum=240
	MaxVideoDuration int32 `json:"maxVideoDuration,omitempty"`

	// onhold pauses the recording. If it is set from the start, the recording starts paused.
	// You can change it while the recording runs.
	// +optional
	Onhold *bool `json:"onhold,omitempty"`

	// readyTimeout is the number of seconds to wait for the page to load. With 0, Agora does
	// not check whether it has loaded.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=60
	ReadyTimeout *int32 `json:"readyTimeout,omitempty"`

	// outputs are the CDN addresses to which the page is pushed. Agora supports one.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=1
	Outputs []RTMPOutput `json:"outputs,omitempty"`
}

// RTMPOutput is a CDN address.
type RTMPOutput struct {
	// rtmpUrlSecretRef names the Secret with the address, which is Agora's rtmpUrl. Its path is
	// a secret, because whoever knows it can publish there. Another Secret, or another address
	// in it, takes effect while the recording runs, too.
	// +required
	RTMPURLSecretRef RTMPURLSecretReference `json:"rtmpUrlSecretRef"`
}

// RTMPURLSecretReference names a Secret in the namespace of the object.
type RTMPURLSecretReference struct {
	// name of a Secret in the same namespace with the key rtmpUrl.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="rtmpUrlSecretRef.name must be the name of a Secret in the same namespace: lower-case letters, digits, - and ."
	Name string `json:"name"`
}
