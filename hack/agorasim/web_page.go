// SPDX-License-Identifier: Apache-2.0

package agorasim

import "time"

const (
	maxAudioProfile   = 2
	minVideoSide      = 240
	maxVideoSide      = 1920
	maxRecordingHours = 720
)

// What a failing extension service does to the others.
const (
	policyAbort  = "error_abort"
	policyIgnore = "error_ignore"
)

// webParameterRules are those of the members of a page's serviceParam that may be
// left out.
func webParameterRules() []memberRule {
	return []memberRule{
		wholeNumber("videoBitrate", 50, 8000),
		wholeNumber("videoFps", 5, 60),
		trueOrFalse("mobile"),
		wholeNumber("maxVideoDuration", 30, 240),
		wholeNumber("readyTimeout", 0, 60),
		trueOrFalse("onhold"),
	}
}

// configureWeb reads which page is recorded, and how.
func configureWeb(r *recorder, request requestBody) *reply {
	config := request.object("extensionServiceConfig")
	if wrong := config.firstWrong(oneOfTexts("errorHandlePolicy", policyAbort)); wrong != "" {
		return invalidParameter("extensionServiceConfig: invalid " + wrong)
	}
	services, refusal := config.webServices()
	if refusal != nil {
		return refusal
	}
	recorders := services[webRecorderService]
	if len(recorders) != 1 || recorders[0] == nil {
		return invalidParameter("extensionServiceConfig needs one web_recorder_service with serviceParam")
	}
	if refusal := configurePage(r, recorders[0]); refusal != nil {
		return refusal
	}
	return configurePublishing(r, services[rtmpPublishService])
}

func configurePage(r *recorder, parameters requestBody) *reply {
	if url, _ := parameters.text("url"); url == "" {
		return invalidParameter("url is required")
	}
	_, audioOK := parameters.requiredNumber("audioProfile", 0, maxAudioProfile)
	width, widthOK := parameters.requiredNumber("videoWidth", minVideoSide, maxVideoSide)
	height, heightOK := parameters.requiredNumber("videoHeight", minVideoSide, maxVideoSide)
	if !audioOK || !widthOK || !heightOK {
		return invalidParameter("invalid audioProfile, videoWidth or videoHeight")
	}
	if width*height > maxTranscodingArea {
		return invalidParameter("videoWidth times videoHeight must not exceed 1920 times 1080")
	}
	hours, ok := parameters.requiredNumber("maxRecordingHour", 1, maxRecordingHours)
	if !ok {
		return invalidParameter("invalid maxRecordingHour")
	}
	if wrong := parameters.firstWrong(webParameterRules()...); wrong != "" {
		return invalidParameter("invalid " + wrong)
	}
	r.maxDuration = time.Duration(hours) * time.Hour
	onhold, _ := parameters.boolean("onhold")
	r.setOnhold(onhold, r.startedAt)
	return nil
}

// webServices returns the parameters of the extension services by their names.
func (b requestBody) webServices() (map[string][]requestBody, *reply) {
	policies := map[string]string{webRecorderService: policyAbort, rtmpPublishService: policyIgnore}
	services := map[string][]requestBody{}
	for _, service := range b.objects("extensionServices") {
		name, _ := service.text("serviceName")
		if policy, known := policies[name]; known && service.firstWrong(oneOfTexts("errorHandlePolicy", policy)) != "" {
			return nil, invalidParameter("errorHandlePolicy of " + name + " must be " + policy)
		}
		services[name] = append(services[name], service.object("serviceParam"))
	}
	return services, nil
}
