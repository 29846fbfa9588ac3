// SPDX-License-Identifier: Apache-2.0

package request

import "cloudrecording.dev/operator/hack/agorasim/recorder"

const (
	maxTranscodingSide = 1920
	maxTranscodingArea = 1920 * 1080
	maxBitrate         = 6500
)

// configureTranscoding reads the layout and the video profile of a mix recording. It
// ignores an invalid configuration, because Agora accepts it too.
func configureTranscoding(r *recorder.Recorder, recording Body) {
	if !recording.has("transcodingConfig") || r.Mode != recorder.ModeMix {
		return
	}
	config := recording.object("transcodingConfig")
	if layout, wrong := config.layout(); wrong == "" {
		r.Layout = layout
	}
	if profile, ok := config.videoProfile(); ok {
		r.VideoProfile = profile
	}
}

// transcodes reports whether the transcodingConfig of a mix recording is absent or valid.
func (b Body) transcodes() bool {
	if !b.has("transcodingConfig") {
		return true
	}
	config := b.object("transcodingConfig")
	_, wrong := config.layout()
	_, profileOK := config.videoProfile()
	return config != nil && wrong == "" && profileOK
}

func (b Body) videoProfile() (*recorder.VideoProfile, bool) {
	byDefault := recorder.DefaultVideoProfile()
	width, widthOK := b.number("width", byDefault.Width, 1, maxTranscodingSide)
	height, heightOK := b.number("height", byDefault.Height, 1, maxTranscodingSide)
	frameRate, frameRateOK := b.frameRate(byDefault.FPS)
	bitrate, bitrateOK := b.number("bitrate", byDefault.Bitrate, 1, maxBitrate)
	return &recorder.VideoProfile{Width: width, Height: height, FPS: frameRate, Bitrate: bitrate},
		widthOK && heightOK && width*height <= maxTranscodingArea && frameRateOK && bitrateOK
}

// frameRate reads the frames per second. An unsupported number results in the default.
func (b Body) frameRate(byDefault int) (int, bool) {
	number, ok := member(b, "fps", float64(byDefault))
	for _, rate := range []int{1, 7, 10, 15, 24, 30, 60} {
		if number == float64(rate) {
			return rate, ok
		}
	}
	return byDefault, ok
}
