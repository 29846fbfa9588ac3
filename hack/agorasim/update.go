// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"strings"
	"time"
)

// Updates count the calls that change a recording.
type Updates struct {
	// Requests and LayoutRequests are how many calls of update and updateLayout
	// arrived.
	Requests       int `json:"requests"`
	LayoutRequests int `json:"layoutRequests"`
	// Overlapping is how many of them were refused since the one before had not
	// been answered.
	Overlapping int `json:"overlapping"`

	// StreamSubscribe, WebRecordingConfig, RTMPPublishConfig and StorageConfig
	// are how often these members of update took effect, and Layout how often
	// updateLayout did.
	StreamSubscribe    int `json:"streamSubscribe"`
	WebRecordingConfig int `json:"webRecordingConfig"`
	RTMPPublishConfig  int `json:"rtmpPublishConfig"`
	StorageConfig      int `json:"storageConfig"`
	Layout             int `json:"layout"`
}

// changing is a change of a recording under way.
type changing struct {
	simulator *Simulator
	recorder  *recorder
	at        time.Time
}

// change is what a call makes of a recording once nothing of it was refused.
type change func(changing)

// updateMember is a member of update's clientRequest.
type updateMember struct {
	name string
	read func(r *recorder, member requestBody) (change, *reply)
}

func updateMembers() []updateMember {
	return []updateMember{
		{"streamSubscribe", readStreamSubscribe},
		{"webRecordingConfig", readWebRecordingConfig},
		{"rtmpPublishConfig", readRTMPPublishConfig},
		{"storageConfig", readStorageConfig},
	}
}

// update changes a recording: what it names replaces what was in force.
func (s *Simulator) update(c *call) outcome {
	r, request, refusal := s.changeable(c)
	if refusal != nil {
		return now(refusal)
	}
	var changes []change
	var names []string
	for _, member := range updateMembers() {
		names = append(names, member.name)
		if _, given := request[member.name]; !given {
			continue
		}
		object := request.object(member.name)
		if object == nil {
			return now(invalidParameter(member.name + " must be an object"))
		}
		change, refusal := member.read(r, object)
		if refusal != nil {
			return now(refusal)
		}
		changes = append(changes, change)
	}
	if len(changes) == 0 {
		return now(invalidParameter("clientRequest has none of " + strings.Join(names, ", ")))
	}
	return s.changed(r, changes...)
}

// changed makes the changes and answers.
func (s *Simulator) changed(r *recorder, changes ...change) outcome {
	under := changing{simulator: s, recorder: r, at: s.backstage.present()}
	for _, change := range changes {
		change(under)
	}
	s.writeSoon(r)
	return now(jsonReply(http.StatusOK, r.about()))
}

// changeable returns the recorder that a call is to change, and what is to be
// changed, or the refusal.
func (s *Simulator) changeable(c *call) (*recorder, requestBody, *reply) {
	body, refusal := c.parseBody()
	if refusal != nil {
		return nil, nil, refusal
	}
	r, refusal := s.find(c)
	if refusal != nil {
		return nil, nil, refusal
	}
	cname, _ := body.text("cname")
	uid, _ := body.text("uid")
	if cname != r.cname || uid != r.uid {
		return nil, nil, serviceError(codeMismatch, "cname or uid does not match the resource ID")
	}
	if at := s.clock.Now(); !r.running(at) {
		s.tell(r, at, EventStatusUpdate, nil)
		return nil, nil, serviceExiting()
	}
	return r, body.object("clientRequest"), nil
}

// serviceExiting is the answer of a recorder that has ended and is still there.
func serviceExiting() *reply {
	refusal := jsonReply(http.StatusInternalServerError, serviceBody{Code: codeExiting, Reason: "service is exiting"})
	refusal.refusal = true
	return refusal
}
