// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"cloudrecording.dev/operator/hack/agorasim"
)

// row is an answer of Agora's error table.
type row struct {
	name   string
	method string // empty for both
	status int
	// message is the whole answer of the gateway.
	message string
	// code and reason are those of the service.
	code   int
	reason string
	// response is the member serverResponse, made for a recording.
	response func(agorasim.Recording) any
	// retryAfter is the header of that name.
	retryAfter string
	// acts says that the call takes effect all the same: an answer that lets the
	// operator conclude the end of a recording is never given without that.
	acts bool
}

// errorTable returns every row that query and stop have, by Agora's present
// documentation, its older one, and what was seen in the wild.
func errorTable() []row {
	const query, stop = agorasim.MethodQuery, agorasim.MethodStop
	rows := []row{
		{name: "appid is invalid", status: 400, message: "appid is invalid"},
		{name: "no Authorization", status: 401, message: "Unauthorized"},
		{name: "wrong credentials", status: 401, message: "Invalid authentication credentials"},
		{name: "forbidden", status: 403, message: "Forbidden"},
		{name: "no route", status: 404, message: "no Route matched with those values"},
		{name: "rate limit", status: 429, message: "API rate limit exceeded"},
		{name: "rate limit with Retry-After", status: 429, message: "API rate limit exceeded", retryAfter: "2"},
		{name: "not completed", status: 206, code: 65, reason: "request not completed"},
		{name: "timeout 504", status: 504, code: 62, reason: "request timeout"},
		{name: "timeout 500", status: 500, code: 62, reason: "request timeout"},
		{name: "internal error", status: 500, code: 500, reason: "internal_error"},
		{name: "not found", status: 404, code: 404, reason: "failed to find worker"},
		{name: "not found, as seen", status: 404, code: 404, response: workerNotFound},
		{name: "exiting", method: query, status: 400, code: 501, reason: "service is exiting"},
		{name: "not completed, though it was", method: stop, status: 206, code: 65, reason: "request not completed", acts: true},
		{name: "timeout, though it was not", method: stop, status: 504, code: 62, reason: "request timeout", acts: true},
		{name: "upload timeout", method: stop, status: 500, code: 50, reason: "upload timeout", acts: true},
		{name: "upload timeout in a 200", method: stop, status: 200, code: 50, reason: "upload timeout", acts: true},
		{name: "already exiting, as seen", method: stop, status: 400, code: 49, response: alreadyExiting, acts: true},
		{name: "206 with backuped", method: stop, status: 206, response: backuped, acts: true},
		{name: "200 without upload status", method: stop, status: 200, response: withoutUploadStatus, acts: true},
		{name: "200 without a response", method: stop, status: 200, acts: true},
	}
	for _, code := range []int{2, 8, 109, 110, 432, 433, 1001, 1003, 1013, 1028} {
		rows = append(rows, row{name: fmt.Sprintf("code %d", code), status: http.StatusBadRequest, code: code, reason: "refused"})
	}
	return rows
}

func workerNotFound(agorasim.Recording) any {
	return map[string]any{
		"command": "StopCloudRecorder", "payload": map[string]any{"message": "Failed to find worker."},
		"subscribeModeBitmask": 1, "vid": "1",
	}
}

func alreadyExiting(r agorasim.Recording) any {
	return map[string]any{
		"backuped": 0, "fileListMode": "string", "fileListStr": anIndex(r), "payload": map[string]any{"message": "Failed"},
	}
}

func backuped(r agorasim.Recording) any {
	return map[string]any{
		"fileListMode": "json", "uploadingStatus": agorasim.UploadingStatusBackuped,
		"fileList": []map[string]any{{"fileName": anIndex(r), "trackType": "audio_and_video", "uid": "0"}},
	}
}

func withoutUploadStatus(r agorasim.Recording) any {
	return map[string]any{"fileListMode": "string", "fileList": anIndex(r)}
}

// anIndex is the name of a file of the recording.
func anIndex(r agorasim.Recording) string {
	for _, file := range r.Files {
		return file
	}
	return "rec/" + r.SID + "_" + r.CName + ".m3u8"
}

// fault returns the row as a fault that strikes calls for a recording. Without a
// recording it strikes any, and names none.
func (r row) fault(recording agorasim.Recording) agorasim.Fault {
	body := map[string]any{}
	if r.message != "" {
		body["message"] = r.message
	} else {
		if recording.SID != "" {
			body["cname"], body["uid"] = recording.CName, recording.UID
			body["resourceId"], body["sid"] = recording.ResourceID, recording.SID
		}
		if r.code != 0 {
			body["code"] = r.code
		}
		if r.reason != "" {
			body["reason"] = r.reason
		}
		if r.response != nil {
			body["serverResponse"] = r.response(recording)
		}
	}
	// Such a map always encodes.
	encoded, _ := json.Marshal(body)
	effect := agorasim.EffectAnswer
	if r.acts {
		effect = agorasim.EffectAnswerAfterActing
	}
	return agorasim.Fault{
		Method: r.method, SID: recording.SID, Effect: effect,
		Status: r.status, Body: string(encoded), ContentType: "application/json", RetryAfter: r.retryAfter,
	}
}
