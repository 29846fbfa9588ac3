// SPDX-License-Identifier: Apache-2.0

package agorasim

import "slices"

// maxListedUIDs is how many users a list of a subscription may name.
const maxListedUIDs = 32

// allStreams stands alone in a list that subscribes to everybody.
const allStreams = "#allstream#"

// Values of streamTypes.
const (
	streamTypeAudio = 0
	streamTypeVideo = 1
	streamTypeBoth  = 2
)

// Subscription is whose streams a recording is made of.
type Subscription struct {
	Audio StreamSelection `json:"audio,omitzero"`
	Video StreamSelection `json:"video,omitzero"`
}

// StreamSelection is whose streams of one medium are recorded: everybody's, if
// it says nothing.
type StreamSelection struct {
	// Off says that nobody's are.
	Off bool `json:"off,omitempty"`
	// Subscribed are the only users whose streams are recorded.
	Subscribed []string `json:"subscribed,omitempty"`
	// Unsubscribed are users whose streams are not recorded.
	Unsubscribed []string `json:"unsubscribed,omitempty"`
}

// clone returns a copy that shares nothing.
func (s Subscription) clone() Subscription {
	s.Audio.Subscribed, s.Audio.Unsubscribed = slices.Clone(s.Audio.Subscribed), slices.Clone(s.Audio.Unsubscribed)
	s.Video.Subscribed, s.Video.Unsubscribed = slices.Clone(s.Video.Subscribed), slices.Clone(s.Video.Unsubscribed)
	return s
}

// subscribe makes a subscription of the selections that are given. One for a
// medium alone switches the other medium off.
func subscribe(audio, video *StreamSelection) Subscription {
	switch {
	case audio == nil && video == nil:
		return Subscription{}
	case audio == nil:
		audio = &StreamSelection{Off: true}
	case video == nil:
		video = &StreamSelection{Off: true}
	}
	return Subscription{Audio: *audio, Video: *video}
}

// selection reads the list of a medium, "Audio" or "Video"; nil where there is
// none. Both spellings of the list that excludes users are in use.
func (b requestBody) selection(medium string) (selection *StreamSelection, ok bool) {
	var read StreamSelection
	lists := map[string]*[]string{
		"subscribe" + medium + "Uids":   &read.Subscribed,
		"unsubscribe" + medium + "Uids": &read.Unsubscribed,
		"unSubscribe" + medium + "Uids": &read.Unsubscribed,
	}
	given := 0
	for key, list := range lists {
		uids, isList := b.texts(key)
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
		return &StreamSelection{}, true
	}
	other := func(uid string) bool { return !isUID(uid) }
	return &read, !slices.ContainsFunc(slices.Concat(read.Subscribed, read.Unsubscribed), other)
}

// namedUIDs returns the user IDs of a list but empty ones, which stand for nobody.
func namedUIDs(uids []string) []string {
	return slices.DeleteFunc(uids, func(uid string) bool { return uid == "" })
}

// configureSubscription reads whose streams start asks for.
func configureSubscription(r *recorder, recording requestBody) *reply {
	r.streamTypes, _ = recording.number("streamTypes", streamTypeBoth, streamTypeAudio, streamTypeBoth)
	audio, audioOK := recording.selection("Audio")
	video, videoOK := recording.selection("Video")
	if !audioOK || !videoOK {
		return invalidParameter("invalid subscription list")
	}
	// The list of a medium that is not recorded does not apply.
	switch r.streamTypes {
	case streamTypeAudio:
		video = nil
	case streamTypeVideo:
		audio = nil
	}
	r.subscription = subscribe(audio, video)
	r.subscription.Audio.Off = r.subscription.Audio.Off || r.streamTypes == streamTypeVideo
	r.subscription.Video.Off = r.subscription.Video.Off || r.streamTypes == streamTypeAudio
	return nil
}

// uidList reads a member of streamSubscribe, which must hold a list if it is
// there.
func (b requestBody) uidList(key, medium string) (selection *StreamSelection, ok bool) {
	if _, given := b[key]; !given {
		return nil, true
	}
	selection, ok = b.object(key).selection(medium)
	return selection, ok && selection != nil
}

// readStreamSubscribe reads a subscription that replaces the one before.
func readStreamSubscribe(r *recorder, stream requestBody) (change, *reply) {
	if r.mode == ModeWeb {
		return nil, invalidParameter("streamSubscribe is not for web page recording")
	}
	audio, audioOK := stream.uidList("audioUidList", "Audio")
	video, videoOK := stream.uidList("videoUidList", "Video")
	if !audioOK || !videoOK || audio == nil && video == nil {
		return nil, invalidParameter("streamSubscribe: invalid audioUidList or videoUidList")
	}
	return func(change changing) {
		change.recorder.subscription = subscribe(audio, video)
		change.recorder.updates.StreamSubscribe++
	}, nil
}
