// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/url"
	"slices"
	"time"
)

// RTMPOutput is where a web page recording is pushed to.
type RTMPOutput struct {
	// RTMPURL holds the key of the stream, so JSON has only the Host in it.
	RTMPURL string `json:"-"`
	Host    string `json:"host"`
}

// rtmpOutputs reads the one output that there may be.
func (b requestBody) rtmpOutputs() ([]RTMPOutput, *reply) {
	outputs, ok := b.list("outputs")
	if !ok || len(outputs) != 1 {
		return nil, invalidParameter("outputs must be a list of one")
	}
	text, _ := outputs[0].text("rtmpUrl")
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.Scheme != "rtmp" && parsed.Scheme != "rtmps" {
		return nil, invalidParameter("rtmpUrl must be an RTMP or RTMPS URL")
	}
	return []RTMPOutput{{RTMPURL: text, Host: parsed.Host}}, nil
}

// configurePublishing reads where start wants the page pushed, if anywhere.
func configurePublishing(r *recorder, services []requestBody) *reply {
	if len(services) == 0 {
		return nil
	}
	if len(services) > 1 {
		return invalidParameter("extensionServiceConfig takes one rtmp_publish_service")
	}
	var refusal *reply
	r.outputs, refusal = services[0].rtmpOutputs()
	return refusal
}

// readRTMPPublishConfig reads another URL to push to.
func readRTMPPublishConfig(r *recorder, config requestBody) (change, *reply) {
	if len(r.outputs) == 0 {
		return nil, invalidParameter("rtmpPublishConfig is for web page recording that is pushed to a CDN")
	}
	outputs, refusal := config.rtmpOutputs()
	if refusal != nil {
		return nil, refusal
	}
	return func(change changing) {
		r := change.recorder
		r.updates.RTMPPublishConfig++
		if !slices.Equal(r.outputs, outputs) {
			r.outputs = outputs
			change.simulator.tellPublishing(r, change.at)
		}
	}, nil
}

// publishingStatus is how the push of a page goes.
func (r *recorder) publishingStatus(at time.Time) string {
	switch status := r.serviceStatus(at); {
	case status < serviceReady:
		return "connecting"
	case status > serviceInProgress:
		return "disconnected"
	case r.onhold():
		return "onhold"
	default:
		return "publishing"
	}
}

// tellPublishing tells how the push of a page goes.
func (s *Simulator) tellPublishing(r *recorder, at time.Time) {
	for _, output := range r.outputs {
		s.tell(r, at, EventRTMPPublishStatus, Details{"rtmpUrl": output.RTMPURL, "status": r.publishingStatus(at)})
	}
}
