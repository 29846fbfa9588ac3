// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// part is a part of a recording that Agora can change while it runs, and that is
// sent as a whole.
type part int

const (
	// partSubscription is which users are recorded.
	partSubscription part = iota

	// partLayout is how the video of mode mix is put together.
	partLayout

	// partPage is whether a page's recording is paused.
	partPage

	// partPublishing is the CDN address that a page is pushed to.
	partPublishing

	// partStorage is the key for the bucket, if it is valid for a while only.
	partStorage

	// parts is how many there are.
	parts = iota
)

// parameters are the parts of a recording as the spec and the Secrets have them,
// ready to be sent.
type parameters struct {
	// members are of each part its members of clientRequest, in JSON and without
	// the brackets around them; empty where the recording has no such part.
	members [parts][]byte

	// shortLived says that the key for the bucket is valid for a while only.
	shortLived bool

	// secrets are the texts in them that must reach nobody but Agora.
	secrets []string
}

// String hides the parameters, so that no secret in them reaches a log by accident.
func (parameters) String() string { return "[parameters]" }

// GoString hides the parameters, so that no secret in them reaches a log by accident.
func (parameters) GoString() string { return "[parameters]" }

// request returns the clientRequest of an update of the parts.
func (p parameters) request(which []part) agora.ClientRequest {
	members := make([][]byte, 0, len(which))
	for _, part := range which {
		members = append(members, p.members[part])
	}
	joined := bytes.Join(members, []byte(","))
	return agora.ClientRequest{JSON: append(append([]byte{'{'}, joined...), '}'), Secrets: p.secrets}
}

// newParameters returns the parts of a recording that is started by spec.start.
func newParameters(recording *v1alpha1.CloudRecording, secrets startSecrets) (parameters, error) {
	start := recording.Spec.Start
	made := parameters{shortLived: secrets.stsToken != "", secrets: secrets.all()}
	values := [parts]members{}
	if config := start.RecordingConfig; config != nil {
		values[partSubscription] = members{"streamSubscribe": streamSubscribe(config)}
		if recording.Spec.Mode == v1alpha1.MixMode {
			layout, err := layout(config.TranscodingConfig)
			if err != nil {
				return parameters{}, err
			}
			values[partLayout] = layout
		}
	}
	if config := start.ExtensionServiceConfig; config != nil {
		for _, service := range config.ExtensionServices {
			switch {
			case service.ServiceName != rtmpPublishService:
				onhold := service.ServiceParam.Onhold
				values[partPage] = members{"webRecordingConfig": members{"onhold": onhold != nil && *onhold}}
			case secrets.rtmpURL != "":
				values[partPublishing] = members{"rtmpPublishConfig": members{"outputs": rtmpOutputs(secrets)}}
			}
		}
	}
	if secrets.accessKey != "" {
		values[partStorage] = members{"storageConfig": storageConfig(recording.Spec.Storage, secrets)}
		if err := values[partStorage].addRaw(rawWithin("storageConfig", start.RawParameters), v1alpha1.RawParameterMethodStart); err != nil {
			return parameters{}, err
		}
	}
	for part, value := range values {
		if value == nil {
			continue
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return parameters{}, fmt.Errorf("encode what can be updated: %w", err)
		}
		made.members[part] = encoded[1 : len(encoded)-1]
	}
	return made, nil
}

// rawWithin returns the members without a field that stand within an object of
// clientRequest.
func rawWithin(object string, parameters []v1alpha1.RawParameter) (within []v1alpha1.RawParameter) {
	for _, parameter := range parameters {
		if strings.HasPrefix(parameter.Name, object+".") {
			within = append(within, parameter)
		}
	}
	return within
}

// streamSubscribe is which users are recorded. A start that lists users for audio
// or video alone does not record the other, and neither does an update; one that
// lists none records all, which an update has to say.
func streamSubscribe(config *v1alpha1.RecordingConfig) members {
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
	subscribe := members{}
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

	// Agora's numbers for what is recorded.
	streamTypeAudio = 0
	streamTypeVideo = 1
)

// uidList is a list of users to record, or not to; nil if there is none.
func uidList(medium string, subscribed, unsubscribed []v1alpha1.UserID) members {
	switch {
	case len(subscribed) > 0:
		return members{"subscribe" + medium + "Uids": subscribed}
	case len(unsubscribed) > 0:
		// With the capital letter that start has, too.
		return members{"unSubscribe" + medium + "Uids": unsubscribed}
	default:
		return nil
	}
}

// layout is how the video is put together. Whatever it leaves out becomes Agora's
// default, as in a start.
func layout(config *v1alpha1.TranscodingConfig) (members, error) {
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
