// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// resourceIDValidity is how long after acquire a resource ID can start a recording by
// default.
const resourceIDValidity = 5 * time.Minute

// start begins a recording.
func (s *service) start(c *call) outcome {
	body, refusal := c.parse()
	if refusal != nil {
		return refused(refusal)
	}
	startedWith := c.mode + " " + body.Client.Canonical()
	used, reply := s.usable(c, body, startedWith)
	if reply != nil {
		return now(reply)
	}
	r := s.new(used.task, c.mode)
	if refusal := s.configure(r, body.Client, used); refusal != nil {
		return refused(refusal)
	}
	if s.isRunning(r.Task) {
		return now(taskConflict())
	}
	used.sid, used.mode, used.startedWith = r.SID, r.Mode, startedWith
	s.prepare(r, body.Client)
	s.add(r)
	return now(jsonReply(http.StatusOK, about(r)))
}

// usable returns the resource that the call names, or why it cannot start a recording.
func (s *service) usable(c *call, body request.Call, startedWith string) (*resource, *reply) {
	found, ok := s.resources[c.resourceID]
	switch {
	case !ok:
		return nil, serviceError(codeUnknownResource, "resource ID cannot be decoded")
	case found.task != recorder.Task{AppID: c.appID, CName: body.CName, UID: body.UID}:
		return nil, serviceError(codeMismatch, "appid, cname or uid does not match the resource ID")
	case found.startedWith != "" && found.startedWith != startedWith:
		return nil, taskConflict()
	case found.sid != "":
		// Agora does not document whether the answer contains the sid.
		return nil, jsonReply(http.StatusCreated, serviceBody{Code: codeAlreadyStarted, Reason: "already started"})
	case s.clock.Now().Sub(found.acquiredAt) > s.options.ResourceIDValidity:
		return nil, serviceError(codeResourceExpired, "resource ID expired")
	case (found.mode == recorder.ModeWeb) != (c.mode == recorder.ModeWeb):
		return nil, serviceError(codeMismatch, "webResource is not allowed for this scene!")
	case found.StartParameter != "" && found.StartParameter != body.Client.Canonical():
		return nil, invalidParameter("request_hash mismatch!")
	}
	return found, nil
}

func taskConflict() *reply {
	return serviceError(codeTaskConflict, "task conflict")
}

// configure applies a request to a recorder, or refuses it.
func (s *service) configure(r *recorder.Recorder, client request.Body, used *resource) *request.Refusal {
	r.ResourceID = used.id
	r.StartupStep = s.options.StartupStep
	r.RefusedAfter = r.StartedAt.Add(used.Expiry)
	r.Region = used.Region
	if refusal := request.Configure(r, client, used.Postponed); refusal != nil {
		return refusal
	}
	token, _ := client.Text("token")
	until, admitted := s.admission(r, token)
	r.TokenExpiresAt = until
	r.Failure = s.startFailure(r, client, admitted)
	return nil
}
