// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"slices"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// update changes a recording. Each member replaces the current value.
func (s *service) update(c *call) outcome {
	r, client, at, reply := s.changeable(c)
	if reply != nil {
		return now(reply)
	}
	update, refusal := request.ReadUpdate(r, client)
	if refusal != nil {
		return refused(refusal)
	}
	if update.Subscription != nil {
		r.Subscription = *update.Subscription
		r.Updates.StreamSubscribe++
	}
	if update.Onhold != nil {
		r.Updates.WebRecordingConfig++
		if r.SetPaused(*update.Onhold, at) {
			s.events.reportPause(r, at)
		}
	}
	if update.Outputs != nil {
		r.Updates.RTMPPublishConfig++
		if !slices.Equal(r.Outputs, update.Outputs) {
			r.Outputs = update.Outputs
			s.events.reportPublishing(r, at)
		}
	}
	if update.Storage != nil {
		r.Updates.StorageConfig++
		r.Storage = *update.Storage
		r.Storage.ReceivedAt = at
		r.StorageRefused = !s.opens(r.Storage)
		s.events.scheduleOutage(r)
	}
	return s.changed(r)
}

// updateLayout replaces the layout of a mix recording as a whole.
func (s *service) updateLayout(c *call) outcome {
	r, client, _, reply := s.changeable(c)
	if reply != nil {
		return now(reply)
	}
	layout, refusal := request.ReadLayout(client)
	if refusal != nil {
		return refused(refusal)
	}
	r.Layout = layout
	r.Updates.Layout++
	return s.changed(r)
}

// changed answers a successful change.
func (s *service) changed(r *recorder.Recorder) outcome {
	s.events.writer.Write(r)
	return now(jsonReply(http.StatusOK, about(r)))
}

// changeable returns the recorder that a call changes, the change, and its time, or a
// refusal.
func (s *service) changeable(c *call) (r *recorder.Recorder, client request.Body, at time.Time, refusal *reply) {
	body, wrong := c.parse()
	if wrong != nil {
		return nil, nil, at, serviceError(wrong.Code, wrong.Reason)
	}
	r, at, refusal = s.find(c)
	switch {
	case refusal != nil:
	case body.CName != r.CName || body.UID != r.UID:
		refusal = serviceError(codeMismatch, "cname or uid does not match the resource ID")
	case !r.Running(at):
		s.events.report(r, at, notify.EventStatusUpdate, nil)
		refusal = serviceExiting()
	}
	return r, body.Client, at, refusal
}

// serviceExiting returns the answer of a recorder that has ended but not exited.
func serviceExiting() *reply {
	refusal := jsonReply(http.StatusInternalServerError, serviceBody{Code: codeExiting, Reason: "service is exiting"})
	refusal.refusal = true
	return refusal
}
