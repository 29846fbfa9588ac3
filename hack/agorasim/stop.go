// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"time"
)

// syncStopLimit is how long a synchronous stop waits for the upload.
const syncStopLimit = 20 * time.Second

// stop ends a recording.
func (s *Simulator) stop(c *call) outcome {
	body, refusal := c.parseBody()
	if refusal != nil {
		return now(refusal)
	}
	async, ok := body.object("clientRequest").boolean("async_stop")
	if !ok {
		return now(invalidParameter("async_stop must be a boolean"))
	}
	r, refusal := s.find(c)
	if refusal != nil {
		return now(refusal)
	}
	cname, _ := body.text("cname")
	uid, _ := body.text("uid")
	if cname != r.cname || uid != r.uid {
		return now(invalidParameter("cname or uid does not match"))
	}
	at := s.backstage.present()
	if !r.running(at) {
		s.tell(r, at, EventStatusUpdate, nil)
		return now(alreadyExiting(r, at))
	}
	r.endAt(at, at, causeStop)
	s.expectEnd(r)
	r.stopsTaken++
	return s.stopped(r, at, async)
}

// stopped returns the reply to the stop that took effect.
func (s *Simulator) stopped(r *recorder, at time.Time, async bool) outcome {
	body := r.about()
	switch {
	case r.recordedNothing():
		body.Code, body.Reason = codeNoRecordedData, "no recorded data"
		r.uploadDuration = 0
		return now(jsonReply(http.StatusPartialContent, body))
	case async:
		body.ServerResponse = struct{}{}
		return now(jsonReply(http.StatusOK, body))
	case r.uploadDuration > syncStopLimit:
		body.Code, body.Reason = s.options.UploadTimeoutCode, "upload timeout"
		return outcome{reply: jsonReply(s.options.UploadTimeoutHTTPStatus, body), at: at.Add(syncStopLimit)}
	default:
		body.ServerResponse = r.stopResponse(r.uploadedAt())
		return outcome{reply: jsonReply(http.StatusOK, body), at: r.uploadedAt()}
	}
}

// alreadyExiting is the answer that Agora was seen to give, which has no
// reason and names the file under another key.
func alreadyExiting(r *recorder, at time.Time) *reply {
	response := map[string]any{
		"backuped": 0, "gwWorkerVersion": 1, "inProgressBitmask": 1, "output": struct{}{},
		"payload": map[string]any{"message": "Failed"}, "selectionBitmask": 1, "subscribeModeBitmask": 1,
	}
	if files := r.files(at); len(files) > 0 && r.listsFiles() {
		response["fileListMode"], response["fileListStr"] = "string", latestIndex(files)
	}
	body := r.about()
	body.Code, body.ServerResponse = codeInvalidOperation, response
	return jsonReply(http.StatusBadRequest, body)
}
