// SPDX-License-Identifier: Apache-2.0

package recorder

import "time"

// Configuration is the current configuration: the request of start, as changed by update
// and updateLayout. Its JSON form contains no secrets.
type Configuration struct {
	// Region is the region in which acquire keeps the recording. Empty means any.
	Region string `json:"region,omitempty"`
	// Subscription selects the streams that are recorded.
	Subscription Subscription `json:"subscription,omitzero"`
	// Layout is the layout of a mix recording.
	Layout *Layout `json:"layout,omitempty"`
	// VideoProfile is the video profile of a mix recording.
	VideoProfile *VideoProfile `json:"videoProfile,omitempty"`
	// Onhold is true if a web page recording is paused.
	Onhold bool `json:"onhold,omitempty"`
	// Outputs are the addresses that a web page recording is pushed to.
	Outputs []RTMPOutput `json:"outputs,omitempty"`
	// Storage is where the files are stored. It is zero for a recording that was added.
	Storage StorageConfig `json:"storage,omitzero"`
}

// InForce returns the current configuration. Its contents are replaced as a whole and
// never changed in place.
func (r *Recorder) InForce() Configuration {
	c := r.Configuration
	c.Onhold = r.Paused()
	return c
}

// Updates count the calls that change a recording.
type Updates struct {
	// Requests and LayoutRequests are the numbers of update and updateLayout calls that
	// arrived.
	Requests       int `json:"requests"`
	LayoutRequests int `json:"layoutRequests"`
	// Overlapping is how many of them were refused because the previous one had not been
	// answered.
	Overlapping int `json:"overlapping"`

	// StreamSubscribe, WebRecordingConfig, RTMPPublishConfig and StorageConfig are how
	// often these members of update took effect. Layout is how often updateLayout took
	// effect.
	StreamSubscribe    int `json:"streamSubscribe"`
	WebRecordingConfig int `json:"webRecordingConfig"`
	RTMPPublishConfig  int `json:"rtmpPublishConfig"`
	StorageConfig      int `json:"storageConfig"`
	Layout             int `json:"layout"`
}

// Subscription selects the streams that a recording contains.
type Subscription struct {
	Audio StreamSelection `json:"audio,omitzero"`
	Video StreamSelection `json:"video,omitzero"`
}

// StreamSelection selects the users whose streams of one medium are recorded. The zero
// value selects all.
type StreamSelection struct {
	// Off means that no streams of the medium are recorded.
	Off bool `json:"off,omitempty"`
	// Subscribed are the only users whose streams are recorded.
	Subscribed []string `json:"subscribed,omitempty"`
	// Unsubscribed are users whose streams are not recorded.
	Unsubscribed []string `json:"unsubscribed,omitempty"`
}

// Layout is how a mix recording arranges the videos. It uses Agora's names.
type Layout struct {
	MixedVideoLayout           int                `json:"mixedVideoLayout"`
	MaxResolutionUID           string             `json:"maxResolutionUid,omitempty"`
	BackgroundColor            string             `json:"backgroundColor"`
	BackgroundImage            string             `json:"backgroundImage,omitempty"`
	DefaultUserBackgroundImage string             `json:"defaultUserBackgroundImage,omitempty"`
	LayoutConfig               []LayoutRegion     `json:"layoutConfig,omitempty"`
	BackgroundConfig           []LayoutBackground `json:"backgroundConfig,omitempty"`
}

// LayoutRegion is the position of a user's video.
type LayoutRegion struct {
	UID        string  `json:"uid,omitempty"`
	XAxis      float64 `json:"x_axis"`
	YAxis      float64 `json:"y_axis"`
	Width      float64 `json:"width"`
	Height     float64 `json:"height"`
	Alpha      float64 `json:"alpha"`
	RenderMode int     `json:"render_mode"`
}

// LayoutBackground is what is shown for a user who sends no video.
type LayoutBackground struct {
	UID        string `json:"uid"`
	ImageURL   string `json:"image_url"`
	RenderMode int    `json:"render_mode"`
}

// DefaultLayout returns the layout of a recording without a given one.
func DefaultLayout() *Layout { return &Layout{BackgroundColor: "#000000"} }

// VideoProfile is the size and quality of a mix recording's video. It uses Agora's names.
type VideoProfile struct {
	Width   int `json:"width"`
	Height  int `json:"height"`
	FPS     int `json:"fps"`
	Bitrate int `json:"bitrate"`
}

// DefaultVideoProfile returns the video profile of a recording without a given one.
func DefaultVideoProfile() *VideoProfile {
	return &VideoProfile{Width: 360, Height: 640, FPS: 15, Bitrate: 500}
}

// RTMPOutput is an address that a web page recording is pushed to.
type RTMPOutput struct {
	// RTMPURL contains the stream key, so the JSON form contains only Host.
	RTMPURL string `json:"-"`
	Host    string `json:"host"`
}

// StorageConfig is where the files of a recording are stored, and the credentials for
// writing them. The JSON form never contains the credentials.
type StorageConfig struct {
	Vendor         int      `json:"vendor"`
	Region         int      `json:"region"`
	Bucket         string   `json:"bucket"`
	FileNamePrefix []string `json:"fileNamePrefix,omitempty"`

	AccessKey string `json:"-"`
	SecretKey string `json:"-"`
	STSToken  string `json:"-"`

	// Temporary is true if there is an STS token. STSExpiration is when it expires, in
	// Unix seconds, or 0 if unknown.
	Temporary     bool  `json:"temporary,omitempty"`
	STSExpiration int64 `json:"stsExpiration,omitempty"`
	// ReceivedAt is the simulated time of the call that contained the configuration.
	ReceivedAt time.Time `json:"receivedAt,omitzero"`
}
