// SPDX-License-Identifier: Apache-2.0

package agorasim

import "slices"

const (
	maxTranscodingSide  = 1920
	maxTranscodingArea  = 1920 * 1080
	maxBitrate          = 6500
	defaultWidth        = 360
	defaultHeight       = 640
	defaultFrameRate    = 15
	highestFrameRate    = 60
	defaultVideoBitrate = 500
)

// configureTranscoding reads how a mix recording is to look. Agora accepts what
// cannot be used, too.
func configureTranscoding(r *recorder, recording requestBody) {
	if _, given := recording["transcodingConfig"]; !given || r.mode != ModeMix {
		return
	}
	if layout, wrong := recording.object("transcodingConfig").layout(); wrong == "" {
		r.layout = layout
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
	width, widthOK := config.number("width", defaultWidth, 1, maxTranscodingSide)
	height, heightOK := config.number("height", defaultHeight, 1, maxTranscodingSide)
	frameRate, frameRateOK := config.number("fps", defaultFrameRate, 1, highestFrameRate)
	_, bitrateOK := config.number("bitrate", defaultVideoBitrate, 1, maxBitrate)
	return config != nil && wrong == "" && widthOK && heightOK && width*height <= maxTranscodingArea &&
		frameRateOK && slices.Contains([]int{1, 7, 10, 15, 24, 30, highestFrameRate}, frameRate) && bitrateOK
}
