// SPDX-License-Identifier: Apache-2.0

package request

import (
	"strings"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// Update is the content of an update request. Nil means no change.
type Update struct {
	Subscription *recorder.Subscription
	Onhold       *bool
	Outputs      []recorder.RTMPOutput
	Storage      *recorder.StorageConfig
}

// updateMembers are the members of update's clientRequest.
var updateMembers = []struct {
	name string
	read func(member Body, r *recorder.Recorder, u *Update) *Refusal
}{
	{"streamSubscribe", Body.streamSubscribe},
	{"webRecordingConfig", Body.webRecordingConfig},
	{"rtmpPublishConfig", Body.rtmpPublishConfig},
	{"storageConfig", Body.freshStorage},
}

// ReadUpdate reads the changes that an update request makes to a recording.
func ReadUpdate(r *recorder.Recorder, client Body) (Update, *Refusal) {
	var update Update
	var names []string
	for _, member := range updateMembers {
		names = append(names, member.name)
		if !client.hasAny(member.name) {
			continue
		}
		object := client.object(member.name)
		if object == nil {
			return Update{}, invalid(member.name + " must be an object")
		}
		if refusal := member.read(object, r, &update); refusal != nil {
			return Update{}, refusal
		}
	}
	if !client.hasAny(names...) {
		return Update{}, invalid("clientRequest has none of " + strings.Join(names, ", "))
	}
	return update, nil
}

// freshStorage reads a new storageConfig, which contains new credentials.
func (b Body) freshStorage(_ *recorder.Recorder, u *Update) *Refusal {
	config, refusal := b.storageConfig()
	u.Storage = &config
	return refusal
}

// ReadStop reads whether stop should be answered before the upload is finished.
func ReadStop(client Body) (async bool, refusal *Refusal) {
	async, ok := member(client, "async_stop", false)
	if !ok {
		return false, invalid("async_stop must be a boolean")
	}
	return async, nil
}
