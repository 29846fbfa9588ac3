// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"slices"
	"time"
)

const (
	defaultMaxIdleTime = 30
	minMaxIdleTime     = 5
	maxMaxIdleTime     = 2592000

	defaultCaptureInterval = 10
	minCaptureInterval     = 5
	maxCaptureInterval     = 3600

	maxAudioProfile   = 2
	minVideoSide      = 240
	maxVideoSide      = 1920
	maxRecordingHours = 720

	maxFileNamePrefixBytes = 128
)

// configure makes a recorder of a request, or refuses it.
func (s *Simulator) configure(c *call, body requestBody, used *resource) (*recorder, *reply) {
	request := body.object("clientRequest")
	r := s.newRecorder(used.task, c.mode)
	r.resourceID = used.id
	r.startupStep = s.options.StartupStep
	r.refusedAfter = r.startedAt.Add(used.expiry)
	configureMode := configureChannel
	if c.mode == ModeWeb {
		configureMode = configureWeb
	}
	for _, configure := range []func(*recorder, requestBody) *reply{configureStorage, configureFiles, configureMode} {
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

// Values of streamMode that make a difference here.
const (
	streamModeDefault  = "default"
	streamModeStandard = "standard"
)

// configureChannel reads what the modes have that record a channel.
func configureChannel(r *recorder, request requestBody) *reply {
	recording := request.object("recordingConfig")
	if recording == nil {
		return invalidParameter("recordingConfig is required")
	}
	idle, ok := recording.number("maxIdleTime", defaultMaxIdleTime, minMaxIdleTime, maxMaxIdleTime)
	if !ok {
		return invalidParameter("invalid maxIdleTime")
	}
	r.maxIdleTime = time.Duration(idle) * time.Second
	r.idle, r.idleSince = r.recordedNothing(), r.startedAt
	if refusal := configureSubscription(r, recording); refusal != nil {
		return refusal
	}
	if r.streamMode, ok = recording.text("streamMode"); !ok {
		r.streamMode = streamModeDefault
	}
	configureTranscoding(r, recording)
	return configureSnapshot(r, request)
}

func configureSnapshot(r *recorder, request requestBody) *reply {
	if _, given := request["snapshotConfig"]; !given || r.mode != ModeIndividual {
		return nil
	}
	snapshot := request.object("snapshotConfig")
	types, _ := snapshot.texts("fileType")
	interval, ok := snapshot.number("captureInterval", defaultCaptureInterval, minCaptureInterval, maxCaptureInterval)
	if !ok || !slices.Equal(types, []string{"jpg"}) {
		return invalidParameter("invalid snapshotConfig")
	}
	r.snapshot, r.captureInterval = true, time.Duration(interval)*time.Second
	if _, given := request["recordingFileConfig"]; !given {
		r.avFileType = nil // screenshots only
	}
	return nil
}

func configureWeb(r *recorder, request requestBody) *reply {
	services := webServices(request)
	recorders := services[webRecorderService]
	if len(recorders) != 1 || recorders[0] == nil {
		return invalidParameter("extensionServiceConfig needs one web_recorder_service with serviceParam")
	}
	parameters := recorders[0]
	if url, _ := parameters.text("url"); url == "" {
		return invalidParameter("url is required")
	}
	_, audioOK := parameters.requiredNumber("audioProfile", 0, maxAudioProfile)
	_, widthOK := parameters.requiredNumber("videoWidth", minVideoSide, maxVideoSide)
	_, heightOK := parameters.requiredNumber("videoHeight", minVideoSide, maxVideoSide)
	if !audioOK || !widthOK || !heightOK {
		return invalidParameter("invalid audioProfile, videoWidth or videoHeight")
	}
	hours, ok := parameters.requiredNumber("maxRecordingHour", 1, maxRecordingHours)
	if !ok {
		return invalidParameter("invalid maxRecordingHour")
	}
	r.maxDuration = time.Duration(hours) * time.Hour
	onhold, ok := parameters.boolean("onhold")
	if !ok {
		return invalidParameter("onhold must be a boolean")
	}
	r.setOnhold(onhold, r.startedAt)
	return configurePublishing(r, services[rtmpPublishService])
}

// webServices returns the parameters of the extension services by their names.
func webServices(request requestBody) map[string][]requestBody {
	services := map[string][]requestBody{}
	for _, service := range request.object("extensionServiceConfig").objects("extensionServices") {
		name, _ := service.text("serviceName")
		services[name] = append(services[name], service.object("serviceParam"))
	}
	return services
}
