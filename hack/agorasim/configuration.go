// SPDX-License-Identifier: Apache-2.0

package agorasim

import "slices"

const maxFileNamePrefixBytes = 128

// configure makes a recorder of a request, or refuses it.
func (s *Simulator) configure(c *call, body requestBody, used *resource) (*recorder, *reply) {
	request := body.object("clientRequest")
	r := s.newRecorder(used.task, c.mode)
	r.resourceID = used.id
	r.startupStep = s.options.StartupStep
	r.refusedAfter = r.startedAt.Add(used.expiry)
	r.region = used.region
	configureMode := configureChannel
	if c.mode == ModeWeb {
		configureMode = configureWeb
	}
	if wrong := request.firstWrong(anyText("token")); wrong != "" {
		return nil, invalidParameter("invalid " + wrong)
	}
	for _, configure := range []func(*recorder, requestBody) *reply{configureStorage, configureFiles, configureMode, configurePostponed(used)} {
		if refusal := configure(r, request); refusal != nil {
			return nil, refusal
		}
	}
	s.configureToken(r, request)
	if r.failure = c.failure; r.failure == "" {
		r.failure = s.startFailure(r, request)
	}
	return r, nil
}

func configureFiles(r *recorder, request requestBody) *reply {
	var config requestBody
	if _, given := request["recordingFileConfig"]; given {
		if config = request.object("recordingFileConfig"); config == nil {
			return invalidParameter("recordingFileConfig must be an object")
		}
	}
	types, ok := config.texts("avFileType", "hls")
	other := func(fileType string) bool { return fileType != "hls" && fileType != "mp4" }
	if !ok || !slices.Contains(types, "hls") || slices.ContainsFunc(types, other) {
		return invalidParameter("invalid avFileType")
	}
	r.avFileType = types
	if r.mode == ModeIndividual && r.makesMP4() {
		return invalidParameter("invalid avFileType")
	}
	return nil
}
