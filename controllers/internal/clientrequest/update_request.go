// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// Section is a part of a recording that Agora can change while it runs, and that is sent as
// a whole.
type Section int

const (
	// SectionSubscription is which users are recorded.
	SectionSubscription Section = iota

	// SectionLayout is how the video of mode mix is composed.
	SectionLayout

	// SectionPage is whether the recording of a page is paused.
	SectionPage

	// SectionPublishing is the CDN address that a page is pushed to.
	SectionPublishing

	// SectionStorage is the key for the bucket, if it is valid only for a limited time.
	SectionStorage

	// Sections is the number of sections.
	Sections = iota
)

// Parameters are the sections of a recording as the spec and the Secrets define them, ready
// to be sent.
type Parameters struct {
	// members holds, for each section, its members of clientRequest in JSON, without the
	// braces around them. It is empty if the recording has no such section.
	members [Sections][]byte

	// shortLived means that the key for the bucket is valid only for a limited time.
	shortLived bool

	// secrets are the texts in members that must reach nobody but Agora.
	secrets []string
}

// String hides the parameters, so that no secret in them reaches a log by accident.
func (Parameters) String() string { return "[parameters]" }

// GoString hides the parameters, so that no secret in them reaches a log by accident.
func (Parameters) GoString() string { return "[parameters]" }

// Request returns the clientRequest of an update of the sections.
func (p Parameters) Request(which []Section) agora.ClientRequest {
	members := make([][]byte, 0, len(which))
	for _, part := range which {
		members = append(members, p.members[part])
	}
	joined := bytes.Join(members, []byte(","))
	return agora.ClientRequest{JSON: append(append([]byte{'{'}, joined...), '}'), Secrets: p.secrets}
}

// NewParameters returns the sections of a recording that is started by spec.start.
func NewParameters(recording *v1alpha1.CloudRecording, secrets Secrets) (Parameters, error) {
	start := recording.Spec.Start
	made := Parameters{shortLived: secrets.StsToken != "", secrets: secrets.All()}
	values := [Sections]jsonObject{}
	if config := start.RecordingConfig; config != nil {
		values[SectionSubscription] = jsonObject{"streamSubscribe": streamSubscribe(config)}
		if recording.Spec.Mode == v1alpha1.MixMode {
			layout, err := layout(config.TranscodingConfig)
			if err != nil {
				return Parameters{}, err
			}
			values[SectionLayout] = layout
		}
	}
	if config := start.ExtensionServiceConfig; config != nil {
		for _, service := range config.ExtensionServices {
			switch {
			case service.ServiceName != RTMPPublishService:
				onhold := service.ServiceParam.Onhold
				values[SectionPage] = jsonObject{"webRecordingConfig": jsonObject{"onhold": onhold != nil && *onhold}}
			case secrets.RTMPURL != "":
				values[SectionPublishing] = jsonObject{"rtmpPublishConfig": jsonObject{"outputs": rtmpOutputs(secrets)}}
			}
		}
	}
	if secrets.AccessKey != "" {
		values[SectionStorage] = jsonObject{"storageConfig": storageConfig(recording.Spec.Storage, secrets)}
		if err := values[SectionStorage].addRaw(rawWithin("storageConfig", start.RawParameters), v1alpha1.RawParameterMethodStart); err != nil {
			return Parameters{}, err
		}
	}
	for part, value := range values {
		if value == nil {
			continue
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return Parameters{}, fmt.Errorf("encode what can be updated: %w", err)
		}
		made.members[part] = encoded[1 : len(encoded)-1]
	}
	return made, nil
}

// rawWithin returns the raw parameters within an object of clientRequest.
func rawWithin(object string, parameters []v1alpha1.RawParameter) (within []v1alpha1.RawParameter) {
	for _, parameter := range parameters {
		if strings.HasPrefix(parameter.Name, object+".") {
			within = append(within, parameter)
		}
	}
	return within
}

// streamSubscribe returns which users are recorded. A start that lists users only for
// audio, or only for video, does not record the other, and neither does an update. A start
// that lists no users records all of them, which an update has to say.
func streamSubscribe(config *v1alpha1.RecordingConfig) jsonObject {
	audio := uidList("Audio", config.SubscribeAudioUIDs, config.UnsubscribeAudioUIDs)
	video := uidList("Video", config.SubscribeVideoUIDs, config.UnsubscribeVideoUIDs)
	if audio == nil && video == nil {
		everybody := []v1alpha1.UserID{allStreams}
		if config.StreamTypes != streamTypeVideo {
			audio = uidList("Audio", everybody, nil)
		}
		if config.StreamTypes != streamTypeAudio {
			video = uidList("Video", everybody, nil)
		}
	}
	subscribe := jsonObject{}
	if audio != nil {
		subscribe["audioUidList"] = audio
	}
	if video != nil {
		subscribe["videoUidList"] = video
	}
	return subscribe
}

const (
	// allStreams stands for everybody in a list of users.
	allStreams v1alpha1.UserID = "#allstream#"

	// Agora's numbers for the media that are recorded.
	streamTypeAudio = 0
	streamTypeVideo = 1
)

// uidList returns a list of users to record or to leave out, or nil if there is none.
func uidList(medium string, subscribed, unsubscribed []v1alpha1.UserID) jsonObject {
	switch {
	case len(subscribed) > 0:
		return jsonObject{"subscribe" + medium + "Uids": subscribed}
	case len(unsubscribed) > 0:
		// This has the capital letter, as in a start.
		return jsonObject{"unSubscribe" + medium + "Uids": unsubscribed}
	default:
		return nil
	}
}

// layout returns how the video is composed. Whatever it leaves out gets Agora's default, as
// in a start.
func layout(config *v1alpha1.TranscodingConfig) (jsonObject, error) {
	if config == nil {
		config = &v1alpha1.TranscodingConfig{}
	}
	layout, err := membersOf(config)
	if err != nil {
		return nil, err
	}
	for _, fixed := range []string{"width", "height", "fps", "bitrate"} {
		delete(layout, fixed)
	}
	return layout, nil
}

// SectionOf returns the section that a Secret's key belongs to, if the key can be updated.
func SectionOf(need SecretNeed) (Section, bool) {
	switch need.Key {
	case v1alpha1.RTMPURLKey:
		return SectionPublishing, true
	case v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey, v1alpha1.StsTokenKey, v1alpha1.StsExpirationKey:
		return SectionStorage, true
	default:
		return 0, false
	}
}
