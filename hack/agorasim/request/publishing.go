// SPDX-License-Identifier: Apache-2.0

package request

import (
	"net/url"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// rtmpOutputs reads the list of outputs, which must have one element.
func (b Body) rtmpOutputs() ([]recorder.RTMPOutput, *Refusal) {
	outputs, ok := b.list("outputs")
	if !ok || len(outputs) != 1 {
		return nil, invalid("outputs must be a list of one")
	}
	text, _ := outputs[0].Text("rtmpUrl")
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.Scheme != "rtmp" && parsed.Scheme != "rtmps" {
		return nil, invalid("rtmpUrl must be an RTMP or RTMPS URL")
	}
	return []recorder.RTMPOutput{{RTMPURL: text, Host: parsed.Host}}, nil
}

// configurePublishing reads where start asks for the page to be pushed, if anywhere.
func configurePublishing(r *recorder.Recorder, services []Body) *Refusal {
	if len(services) == 0 {
		return nil
	}
	if len(services) > 1 {
		return invalid("extensionServiceConfig takes one rtmp_publish_service")
	}
	var refusal *Refusal
	r.Outputs, refusal = services[0].rtmpOutputs()
	return refusal
}

// rtmpPublishConfig reads a new address for publishing.
func (b Body) rtmpPublishConfig(r *recorder.Recorder, u *Update) *Refusal {
	if len(r.Outputs) == 0 {
		return invalid("rtmpPublishConfig is for web page recording that is pushed to a CDN")
	}
	var refusal *Refusal
	u.Outputs, refusal = b.rtmpOutputs()
	return refusal
}
