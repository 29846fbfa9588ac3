// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// syncStopLimit is how long a synchronous stop waits for the upload.
const syncStopLimit = 20 * time.Second

// stop ends a recording.
func (s *service) stop(c *call) outcome {
	body, refusal := c.parse()
	if refusal != nil {
		return refused(refusal)
	}
	async, refusal := request.ReadStop(body.Client)
	if refusal != nil {
		return refused(refusal)
	}
	r, at, reply := s.find(c)
	switch {
	case reply != nil:
		return now(reply)
	case body.CName != r.CName || body.UID != r.UID:
		return now(invalidParameter("cname or uid does not match"))
	case !r.Running(at):
		s.events.report(r, at, notify.EventStatusUpdate, nil)
		return now(alreadyExiting(r, at))
	}
	r.EndAt(at, at, recorder.CauseStop)
	s.events.scheduleEnd(r)
	r.StopsTaken++
	return stopped(r, at, async)
}

// stopped returns the reply to a stop that took effect.
func stopped(r *recorder.Recorder, at time.Time, async bool) outcome {
	body := about(r)
	switch {
	case r.RecordedNothing():
		body.Code, body.Reason = codeNoRecordedData, "no recorded data"
		r.UploadDuration = 0
		return now(jsonReply(http.StatusPartialContent, body))
	case async:
		body.ServerResponse = struct{}{}
		return now(jsonReply(http.StatusOK, body))
	case r.UploadDuration > syncStopLimit:
		// Agora documents no status for this code.
		body.Code, body.Reason = codeUploadTimeout, "upload timeout"
		return outcome{reply: jsonReply(http.StatusInternalServerError, body), at: at.Add(syncStopLimit)}
	default:
		body.ServerResponse = stopResponse(bucket.MediaOf(r, r.UploadedAt()))
		return outcome{reply: jsonReply(http.StatusOK, body), at: r.UploadedAt()}
	}
}

// alreadyExiting returns an answer that Agora was seen to give. It has no reason, and has
// the file under another key.
func alreadyExiting(r *recorder.Recorder, at time.Time) *reply {
	response := map[string]any{
		"backuped": 0, "gwWorkerVersion": 1, "inProgressBitmask": 1, "output": struct{}{},
		"payload": map[string]any{"message": "Failed"}, "selectionBitmask": 1, "subscribeModeBitmask": 1,
	}
	if files := bucket.MediaOf(r, at).Files(); len(files) > 0 && listsFiles(r) {
		response["fileListMode"], response["fileListStr"] = "string", bucket.LatestIndex(files)
	}
	body := about(r)
	body.Code, body.ServerResponse = codeInvalidOperation, response
	return jsonReply(http.StatusBadRequest, body)
}
