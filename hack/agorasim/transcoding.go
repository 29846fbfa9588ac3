// SPDX-License-Identifier: Apache-2.0

package agorasim

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
