// SPDX-License-Identifier: Apache-2.0

package recorder

import "time"

// Configuration is what is in force: what start asked for, as update
// and updateLayout have changed it. JSON has no secret of it.
type Configuration struct {
	// Region is the region that acquire keeps the recording in; empty for any.
	Region string `json:"region,omitempty"`
	// Subscription is whose streams are recorded.
	Subscription Subscription `json:"subscription,omitzero"`
	// Layout is that of a mix recording.
	Layout *Layout `json:"layout,omitempty"`
	// VideoProfile is that of a mix recording.
	VideoProfile *VideoProfile `json:"videoProfile,omitempty"`
	// Onhold says whether a web page recording is paused.
	Onhold bool `json:"onhold,omitempty"`
	// Outputs are where a web page recording is pushed to.
	Outputs []RTMPOutput `json:"outputs,omitempty"`
	// Storage is where the files go; zero for a recording that was added.
	Storage StorageConfig `json:"storage,omitzero"`
}

// InForce returns the configuration in force. What it holds is replaced as a whole, and
// never changed.
func (r *Recorder) InForce() Configuration {
	c := r.Configuration
	c.Onhold = r.Paused()
	return c
}

// Updates count the calls that change a recording.
type Updates struct {
	// Requests and LayoutRequests are how many calls of update and updateLayout
	// arrived.
	Requests       int `json:"requests"`
	LayoutRequests int `json:"layoutRequests"`
	// Overlapping is how many of them were refused since the one before had not
	// been answered.
	Overlapping int `json:"overlapping"`

	// StreamSubscribe, WebRecordingConfig, RTMPPublishConfig and StorageConfig
	// are how often these members of update took effect, and Layout how often
	// updateLayout did.
	StreamSubscribe    int `json:"streamSubscribe"`
	WebRecordingConfig int `json:"webRecordingConfig"`
	RTMPPublishConfig  int `json:"rtmpPublishConfig"`
	StorageConfig      int `json:"storageConfig"`
	Layout             int `json:"layout"`
}

// Subscription is whose streams a recording is made of.
type Subscription struct {
	Audio StreamSelection `json:"audio,omitzero"`
	Video StreamSelection `json:"video,omitzero"`
}

// StreamSelection is whose streams of one medium are recorded: everybody's, if
// it says nothing.
type StreamSelection struct {
	// Off says that nobody's are.
	Off bool `json:"off,omitempty"`
	// Subscribed are the only users whose streams are recorded.
	Subscribed []string `json:"subscribed,omitempty"`
	// Unsubscribed are users whose streams are not recorded.
	Unsubscribed []string `json:"unsubscribed,omitempty"`
}

// Layout is how a mix recording arranges the videos, with Agora's names.
type Layout struct {
	MixedVideoLayout           int                `json:"mixedVideoLayout"`
	MaxResolutionUID           string             `json:"maxResolutionUid,omitempty"`
	BackgroundColor            string             `json:"backgroundColor"`
	BackgroundImage            string             `json:"backgroundImage,omitempty"`
	DefaultUserBackgroundImage string             `json:"defaultUserBackgroundImage,omitempty"`
	LayoutConfig               []LayoutRegion     `json:"layoutConfig,omitempty"`
	BackgroundConfig           []LayoutBackground `json:"backgroundConfig,omitempty"`
}

// LayoutRegion is where a user's video is.
type LayoutRegion struct {
	UID        string  `json:"uid,omitempty"`
	XAxis      float64 `json:"x_axis"`
	YAxis      float64 `json:"y_axis"`
	Width      float64 `json:"width"`
	Height     float64 `json:"height"`
	Alpha      float64 `json:"alpha"`
	RenderMode int     `json:"render_mode"`
}

// LayoutBackground is what is shown of a user who sends no video.
type LayoutBackground struct {
	UID        string `json:"uid"`
	ImageURL   string `json:"image_url"`
	RenderMode int    `json:"render_mode"`
}

// DefaultLayout is that of a recording for which none is given.
func DefaultLayout() *Layout { return &Layout{BackgroundColor: "#000000"} }

// VideoProfile is the size and the quality of a mix recording's video, with
// Agora's names.
type VideoProfile struct {
	Width   int `json:"width"`
	Height  int `json:"height"`
	FPS     int `json:"fps"`
	Bitrate int `json:"bitrate"`
}

// DefaultVideoProfile is that of a recording for which none is given.
func DefaultVideoProfile() *VideoProfile {
	return &VideoProfile{Width: 360, Height: 640, FPS: 15, Bitrate: 500}
}

// RTMPOutput is where a web page recording is pushed to.
type RTMPOutput struct {
	// RTMPURL holds the key of the stream, so JSON has only the Host in it.
	RTMPURL string `json:"-"`
	Host    string `json:"host"`
}

// StorageConfig is where the files of a recording go, and the credentials with
// which they are written. JSON never has these.
type StorageConfig struct {
	Vendor         int      `json:"vendor"`
	Region         int      `json:"region"`
	Bucket         string   `json:"bucket"`
	FileNamePrefix []string `json:"fileNamePrefix,omitempty"`

	AccessKey string `json:"-"`
	SecretKey string `json:"-"`
	STSToken  string `json:"-"`

	// Temporary says whether there is an STS token, and STSExpiration when that
	// expires, in Unix seconds; 0 if it was not said.
	Temporary     bool  `json:"temporary,omitempty"`
	STSExpiration int64 `json:"stsExpiration,omitempty"`
	// ReceivedAt is the simulated time of the call that brought it.
	ReceivedAt time.Time `json:"receivedAt,omitzero"`
}
