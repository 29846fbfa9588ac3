// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// service is the recording service. It answers the methods of Agora's API.
type service struct {
	*recordings

	// These are by App ID. The lock of the recordings guards them.
	tokens          map[string]string
	appCertificates map[string]string
}

func newService(recordings *recordings) *service {
	return &service{recordings: recordings, tokens: recordings.options.Tokens, appCertificates: recordings.options.AppCertificates}
}

// act makes a call take effect.
func (s *service) act(c *call) outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.route.answer(s, c)
}

// countRequest counts the calls that change a recording.
func (s *service) countRequest(t target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.bySID[t.sid]
	if !ok {
		return
	}
	switch t.route.method {
	case faults.MethodStop:
		r.StopRequests++
	case faults.MethodUpdate:
		r.Updates.Requests++
	case faults.MethodUpdateLayout:
		r.Updates.LayoutRequests++
	}
}

// subject returns the properties of a call that faults can match.
func (s *service) subject(c *call) faults.Subject {
	s.mu.Lock()
	defer s.mu.Unlock()
	subject := faults.Subject{AppID: c.appID, SID: c.sid}
	if r, ok := s.bySID[c.sid]; ok {
		subject.CName = r.CName
	} else if body, refusal := c.parse(); refusal == nil {
		subject.CName = body.CName
	}
	return subject
}

// beginChange refuses a change of a recording while an earlier one has not been answered,
// because Agora requires one change at a time. The returned function ends the change.
func (s *service) beginChange(c *call) (end func(), refusal *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.bySID[c.sid]
	if !known || c.route.method != faults.MethodUpdate && c.route.method != faults.MethodUpdateLayout {
		return func() {}, nil
	}
	if r.Changing {
		r.Updates.Overlapping++
		return nil, invalidParameter("the call before has not been answered: one at a time")
	}
	r.Changing = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		r.Changing = false
	}, nil
}

// find returns the recorder that a call names. If the service cannot reach one, it
// returns the service's answer.
func (s *service) find(c *call) (*recorder.Recorder, time.Time, *reply) {
	at := s.schedule.Present()
	known, ok := s.resources[c.resourceID]
	switch {
	case !ok && len(c.resourceID) < shortestResourceID:
		return nil, at, serviceError(codeUnknownResource, "resource ID cannot be decoded")
	case !ok:
		return nil, at, workerNotFound(c)
	case known.task.AppID != c.appID || known.sid != c.sid:
		return nil, at, serviceError(codeWrongSID, "appid or sid does not match the resource ID")
	}
	r := s.bySID[c.sid]
	if r == nil || r.Mode != c.mode || !r.Found(at) {
		return nil, at, workerNotFound(c)
	}
	if at.After(r.RefusedAfter) {
		return nil, at, serviceError(codeResourceExpired, "resource expired")
	}
	return r, at, nil
}

func workerNotFound(c *call) *reply {
	return jsonReply(http.StatusNotFound, serviceBody{
		ResourceID: c.resourceID, SID: c.sid, Code: codeNotFound, Reason: "failed to find worker",
	})
}

// about returns a body with the identity of a recorder.
func about(r *recorder.Recorder) serviceBody {
	return serviceBody{CName: r.CName, UID: r.UID, ResourceID: r.ResourceID, SID: r.SID}
}

// query answers with the state of a recording.
func (s *service) query(c *call) outcome {
	r, at, refusal := s.find(c)
	if refusal != nil {
		return now(refusal)
	}
	body := about(r)
	body.ServerResponse = queryResponse(bucket.MediaOf(r, at))
	return now(jsonReply(http.StatusOK, body))
}
