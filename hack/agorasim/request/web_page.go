// SPDX-License-Identifier: Apache-2.0

package request

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const (
	maxAudioProfile   = 2
	minVideoSide      = 240
	maxVideoSide      = 1920
	maxRecordingHours = 720
)

// The extension services of a web page recording.
const (
	WebRecorderService = "web_recorder_service"
	RTMPPublishService = "rtmp_publish_service"
)

// What happens to the other extension services when one fails.
const (
	policyAbort  = "error_abort"
	policyIgnore = "error_ignore"
)

// webParameterRules returns the rules for the optional members of a web page's
// serviceParam.
func webParameterRules() []memberRule {
	return []memberRule{
		wholeNumber("videoBitrate", 50, 8000),
		wholeNumber("videoFps", 5, 60),
		anyOf[bool]("mobile"),
		wholeNumber("maxVideoDuration", 30, 240),
		wholeNumber("readyTimeout", 0, 60),
		anyOf[bool]("onhold"),
	}
}

// configureWeb reads which web page is recorded, and how.
func configureWeb(r *recorder.Recorder, request Body) *Refusal {
	config := request.object("extensionServiceConfig")
	if wrong := config.firstWrong(oneOfTexts("errorHandlePolicy", policyAbort)); wrong != "" {
		return invalid("extensionServiceConfig: invalid " + wrong)
	}
	services, refusal := config.webServices()
	if refusal != nil {
		return refusal
	}
	recorders := services[WebRecorderService]
	if len(recorders) != 1 || recorders[0] == nil {
		return invalid("extensionServiceConfig needs one web_recorder_service with serviceParam")
	}
	if refusal := configurePage(r, recorders[0]); refusal != nil {
		return refusal
	}
	return configurePublishing(r, services[RTMPPublishService])
}

func configurePage(r *recorder.Recorder, parameters Body) *Refusal {
	if url, _ := parameters.Text("url"); url == "" {
		return invalid("url is required")
	}
	_, audioOK := parameters.requiredNumber("audioProfile", 0, maxAudioProfile)
	width, widthOK := parameters.requiredNumber("videoWidth", minVideoSide, maxVideoSide)
	height, heightOK := parameters.requiredNumber("videoHeight", minVideoSide, maxVideoSide)
	if !audioOK || !widthOK || !heightOK {
		return invalid("invalid audioProfile, videoWidth or videoHeight")
	}
	if width*height > maxTranscodingArea {
		return invalid("videoWidth times videoHeight must not exceed 1920 times 1080")
	}
	hours, ok := parameters.requiredNumber("maxRecordingHour", 1, maxRecordingHours)
	if !ok {
		return invalid("invalid maxRecordingHour")
	}
	if wrong := parameters.firstWrong(webParameterRules()...); wrong != "" {
		return invalid("invalid " + wrong)
	}
	r.MaxDuration = time.Duration(hours) * time.Hour
	onhold, _ := member(parameters, "onhold", false)
	r.SetPaused(onhold, r.StartedAt)
	return nil
}

// webServices returns the parameters of the extension services by name.
func (b Body) webServices() (map[string][]Body, *Refusal) {
	policies := map[string]string{WebRecorderService: policyAbort, RTMPPublishService: policyIgnore}
	services := map[string][]Body{}
	listed, _ := b.list("extensionServices")
	for _, service := range listed {
		name, _ := service.Text("serviceName")
		if policy, known := policies[name]; known && service.firstWrong(oneOfTexts("errorHandlePolicy", policy)) != "" {
			return nil, invalid("errorHandlePolicy of " + name + " must be " + policy)
		}
		services[name] = append(services[name], service.object("serviceParam"))
	}
	return services, nil
}

// webRecordingConfig reads whether a web page recording should be paused.
func (b Body) webRecordingConfig(r *recorder.Recorder, u *Update) *Refusal {
	if r.Mode != recorder.ModeWeb {
		return invalid("webRecordingConfig is for web page recording alone")
	}
	if !b.has("onhold") {
		return invalid("webRecordingConfig: onhold is required")
	}
	onhold, ok := member(b, "onhold", false)
	if !ok {
		return invalid("webRecordingConfig: onhold must be a boolean")
	}
	u.Onhold = &onhold
	return nil
}
