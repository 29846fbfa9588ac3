// SPDX-License-Identifier: Apache-2.0

package request

import (
	"slices"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// maxListedUIDs is how many users a subscription list may contain.
const maxListedUIDs = 32

// allStreams subscribes to all users. It must be the only element of its list.
const allStreams = "#allstream#"

// subscribe returns a subscription for the given selections. A selection for only one
// medium disables the other.
func subscribe(audio, video *recorder.StreamSelection) recorder.Subscription {
	switch {
	case audio == nil && video == nil:
		return recorder.Subscription{}
	case audio == nil:
		audio = &recorder.StreamSelection{Off: true}
	case video == nil:
		video = &recorder.StreamSelection{Off: true}
	}
	return recorder.Subscription{Audio: *audio, Video: *video}
}

// selection reads the lists of a medium, "Audio" or "Video". It is nil if there are none.
// Both spellings of the list that excludes users are in use.
func (b Body) selection(medium string) (selection *recorder.StreamSelection, ok bool) {
	var read recorder.StreamSelection
	lists := map[string]*[]string{
		"subscribe" + medium + "Uids":   &read.Subscribed,
		"unsubscribe" + medium + "Uids": &read.Unsubscribed,
		"unSubscribe" + medium + "Uids": &read.Unsubscribed,
	}
	given := 0
	for key, list := range lists {
		uids, isList := member[[]string](b, key, nil)
		if !isList || len(uids) > maxListedUIDs {
			return nil, false
		}
		if uids = namedUIDs(uids); len(uids) > 0 {
			given++
			*list = uids
		}
	}
	switch {
	case given > 1:
		return nil, false
	case given == 0:
		return nil, true
	case slices.Equal(read.Subscribed, []string{allStreams}):
		return &recorder.StreamSelection{}, true
	}
	other := func(uid string) bool { return !IsUID(uid) }
	return &read, !slices.ContainsFunc(slices.Concat(read.Subscribed, read.Unsubscribed), other)
}

// namedUIDs returns the user IDs in a list without empty ones, which mean nobody.
func namedUIDs(uids []string) []string {
	return slices.DeleteFunc(uids, func(uid string) bool { return uid == "" })
}

// configureSubscription reads the subscription of a start request.
func configureSubscription(r *recorder.Recorder, recording Body) *Refusal {
	r.StreamTypes, _ = recording.number("streamTypes", recorder.StreamTypeBoth, recorder.StreamTypeAudio, recorder.StreamTypeBoth)
	audio, audioOK := recording.selection("Audio")
	video, videoOK := recording.selection("Video")
	if !audioOK || !videoOK {
		return invalid("invalid subscription list")
	}
	// The lists of a medium that is not recorded have no effect.
	switch r.StreamTypes {
	case recorder.StreamTypeAudio:
		video = nil
	case recorder.StreamTypeVideo:
		audio = nil
	}
	r.Subscription = subscribe(audio, video)
	r.Subscription.Audio.Off = r.Subscription.Audio.Off || r.StreamTypes == recorder.StreamTypeVideo
	r.Subscription.Video.Off = r.Subscription.Video.Off || r.StreamTypes == recorder.StreamTypeAudio
	return nil
}

// uidList reads a member of streamSubscribe. If it is present, it must contain a list.
func (b Body) uidList(key, medium string) (selection *recorder.StreamSelection, ok bool) {
	if !b.has(key) {
		return nil, true
	}
	selection, ok = b.object(key).selection(medium)
	return selection, ok && selection != nil
}

// streamSubscribe reads a subscription that replaces the current one.
func (b Body) streamSubscribe(r *recorder.Recorder, u *Update) *Refusal {
	if r.Mode == recorder.ModeWeb {
		return invalid("streamSubscribe is not for web page recording")
	}
	audio, audioOK := b.uidList("audioUidList", "Audio")
	video, videoOK := b.uidList("videoUidList", "Video")
	if !audioOK || !videoOK || audio == nil && video == nil {
		return invalid("streamSubscribe: invalid audioUidList or videoUidList")
	}
	subscription := subscribe(audio, video)
	u.Subscription = &subscription
	return nil
}
