// SPDX-License-Identifier: Apache-2.0

package request

import (
	"slices"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// Configure applies the configuration of a start request to a recorder. postponed is true
// if the resource was acquired for postponed transcoding.
func Configure(r *recorder.Recorder, client Body, postponed bool) *Refusal {
	configureMode := configureChannel
	if r.Mode == recorder.ModeWeb {
		configureMode = configureWeb
	}
	if wrong := client.firstWrong(anyOf[string]("token")); wrong != "" {
		return invalid("invalid " + wrong)
	}
	for _, configure := range []func(*recorder.Recorder, Body) *Refusal{
		configureStorage, configureFiles, configureMode, configurePostponed(postponed),
	} {
		if refusal := configure(r, client); refusal != nil {
			return refusal
		}
	}
	return nil
}

// Transcodes reports whether the transcodingConfig of a mix recording is valid. Agora
// accepts a start with an invalid one.
func Transcodes(client Body) bool { return client.object("recordingConfig").transcodes() }

func configureFiles(r *recorder.Recorder, request Body) *Refusal {
	var config Body
	if request.has("recordingFileConfig") {
		if config = request.object("recordingFileConfig"); config == nil {
			return invalid("recordingFileConfig must be an object")
		}
	}
	types, ok := member(config, "avFileType", []string{"hls"})
	other := func(fileType string) bool { return fileType != "hls" && fileType != "mp4" }
	if !ok || !slices.Contains(types, "hls") || slices.ContainsFunc(types, other) {
		return invalid("invalid avFileType")
	}
	r.AvFileType = types
	if r.Mode == recorder.ModeIndividual && r.MakesMP4() {
		return invalid("invalid avFileType")
	}
	return nil
}
