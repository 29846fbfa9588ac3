// SPDX-License-Identifier: Apache-2.0

package agorasim

import "encoding/json"

const (
	maxTranscodingSide  = 1920
	maxTranscodingArea  = 1920 * 1080
	maxBitrate          = 6500
	defaultWidth        = 360
	defaultHeight       = 640
	defaultFrameRate    = 15
	defaultVideoBitrate = 500
)

// VideoProfile is the size and the quality of a mix recording's video, with
// Agora's names.
type VideoProfile struct {
	Width   int `json:"width"`
	Height  int `json:"height"`
	FPS     int `json:"fps"`
	Bitrate int `json:"bitrate"`
}

// defaultVideoProfile is that of a recording for which none is given.
func defaultVideoProfile() *VideoProfile {
	return &VideoProfile{Width: defaultWidth, Height: defaultHeight, FPS: defaultFrameRate, Bitrate: defaultVideoBitrate}
}

func (p *VideoProfile) clone() *VideoProfile {
	if p == nil {
		return nil
	}
	copied := *p
	return &copied
}

// configureTranscoding reads how a mix recording is to look. Agora accepts what
// cannot be used, too.
func configureTranscoding(r *recorder, recording requestBody) {
	if _, given := recording["transcodingConfig"]; !given || r.mode != ModeMix {
		return
	}
	config := recording.object("transcodingConfig")
	if layout, wrong := config.layout(); wrong == "" {
		r.layout = layout
	}
	if profile, ok := config.videoProfile(); ok {
		r.video = profile
	}
}

// transcodes says whether the transcodingConfig of a mix recording, if there is
// one, can be used.
func (b requestBody) transcodes() bool {
	if _, given := b["transcodingConfig"]; !given {
		return true
	}
	config := b.object("transcodingConfig")
	_, wrong := config.layout()
	_, profileOK := config.videoProfile()
	return config != nil && wrong == "" && profileOK
}

func (b requestBody) videoProfile() (*VideoProfile, bool) {
	width, widthOK := b.number("width", defaultWidth, 1, maxTranscodingSide)
	height, heightOK := b.number("height", defaultHeight, 1, maxTranscodingSide)
	frameRate, frameRateOK := b.frameRate()
	bitrate, bitrateOK := b.number("bitrate", defaultVideoBitrate, 1, maxBitrate)
	return &VideoProfile{Width: width, Height: height, FPS: frameRate, Bitrate: bitrate},
		widthOK && heightOK && width*height <= maxTranscodingArea && frameRateOK && bitrateOK
}

// frameRate reads the frames a second. A number that Agora does not support gives
// the default.
func (b requestBody) frameRate() (int, bool) {
	raw, given := b["fps"]
	if !given {
		return defaultFrameRate, true
	}
	var number *float64
	if json.Unmarshal(raw, &number) != nil || number == nil {
		return 0, false
	}
	for _, rate := range []int{1, 7, 10, 15, 24, 30, 60} {
		if *number == float64(rate) {
			return rate, true
		}
	}
	return defaultFrameRate, true
}
