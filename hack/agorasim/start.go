// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"time"
)

// resourceIDValidity is how long after acquire a resource ID can start, unless
// the options say something else.
const resourceIDValidity = 5 * time.Minute

// startAdvice is within what real time after acquire's answer Agora advises to
// call start.
const startAdvice = 2 * time.Second

// start begins a recording.
func (s *Simulator) start(c *call) outcome {
	body, refusal := c.parseBody()
	if refusal != nil {
		return now(refusal)
	}
	used, refusal := s.usable(c, body)
	if refusal != nil {
		return now(refusal)
	}
	r, refusal := s.configure(c, body, used)
	if refusal != nil {
		return now(refusal)
	}
	if other, ok := s.tasks[r.task]; ok && other.running(s.clock.Now()) {
		return now(taskConflict())
	}
	used.sid, used.mode, used.startedWith = r.sid, r.mode, startedWith(c, body)
	r.lateStart = c.entry.Time.Sub(used.answeredAt) > startAdvice
	s.prepare(r, body.object("clientRequest"))
	s.add(r)
	return now(jsonReply(http.StatusOK, serviceBody{CName: r.cname, UID: r.uid, ResourceID: r.resourceID, SID: r.sid}))
}

// usable returns the resource that the call names, or why it starts nothing.
func (s *Simulator) usable(c *call, body requestBody) (*resource, *reply) {
	cname, _ := body.text("cname")
	uid, _ := body.text("uid")
	found, ok := s.resources[c.resourceID]
	switch {
	case !ok:
		return nil, serviceError(codeUnknownResource, "resource ID cannot be decoded")
	case found.task != task{c.appID, cname, uid}:
		return nil, serviceError(codeMismatch, "appid, cname or uid does not match the resource ID")
	case found.startedWith != "" && found.startedWith != startedWith(c, body):
		return nil, taskConflict()
	case found.sid != "":
		return nil, s.alreadyStarted(found)
	case s.clock.Now().Sub(found.acquiredAt) > s.options.ResourceIDValidity:
		return nil, serviceError(codeResourceExpired, "resource ID expired")
	case (found.mode == ModeWeb) != (c.mode == ModeWeb):
		return nil, serviceError(codeMismatch, "webResource is not allowed for this scene!")
	case found.startParameter != "" && found.startParameter != body.canonical("clientRequest"):
		return nil, invalidParameter("request_hash mismatch!")
	}
	return found, nil
}

func (s *Simulator) alreadyStarted(used *resource) *reply {
	body := serviceBody{Code: codeAlreadyStarted, Reason: "already started"}
	if s.options.AlreadyStartedWithSID {
		body.CName, body.UID, body.ResourceID, body.SID = used.task.cname, used.task.uid, used.id, used.sid
	}
	return jsonReply(http.StatusCreated, body)
}

// startedWith is what tells whether a further start asks for the same.
func startedWith(c *call, body requestBody) string {
	return c.mode + " " + body.canonical("clientRequest")
}

func taskConflict() *reply {
	return serviceError(codeTaskConflict, "task conflict")
}

// newRecorder returns a recorder with the simulator's defaults that starts now.
func (s *Simulator) newRecorder(task task, mode string) *recorder {
	r := &recorder{
		task:            task,
		sid:             newSID(),
		mode:            mode,
		avFileType:      []string{"hls"},
		streamTypes:     streamTypeBoth,
		publishers:      s.options.Publishers,
		uploadingStatus: s.options.UploadingStatus,
		uploadDuration:  s.options.UploadDuration,
		exitAfter:       s.options.ExitAfter,
		stoppedStep:     s.options.StoppedStep,
		slices:          s.options.Slices,
		sliceDuration:   s.options.SliceDuration,
		unixSliceNames:  s.options.UnixSliceNames,
		captureInterval: defaultCaptureInterval * time.Second,
		upload:          s.options.Upload,
		maxIdleTime:     defaultMaxIdleTime * time.Second,
		startedAt:       s.clock.Now(),

		stsRefreshInterval: s.options.STSRefreshInterval,
	}
	if mode == ModeMix {
		r.layout, r.video = defaultLayout(), defaultVideoProfile()
	}
	return r
}

// add puts a recorder to work.
func (s *Simulator) add(r *recorder) {
	s.recorders[r.sid] = r
	s.tasks[r.task] = r
	s.order = append(s.order, r.sid)
	if !r.neverUp {
		s.follow(r, s.clock.Now())
	}
}
