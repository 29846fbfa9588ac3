// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// row is an answer from Agora's error table.
type row struct {
	name    string
	methods methods
	status  int
	// message is the whole answer of the gateway.
	message string
	// code and reason are from the service.
	code   int
	reason string
	// response is the member serverResponse.
	response string
	// retryAfter is the Retry-After header.
	retryAfter string
	// acts means that the call takes effect all the same. An answer from which the operator
	// concludes that the recording has ended always acts.
	acts bool
	// slow means that the operator retries only after a minute or more.
	slow bool
	// stalls means that the operator asks a person to act, and retries after five minutes.
	stalls bool
}

// isNotFound reports whether the service finds no recorder, such as during a move.
func (r row) isNotFound() bool { return r.status == http.StatusNotFound && r.message == "" }

// errorTable returns all rows for all methods. They are from Agora's current documentation, its
// older documentation, and observations of the service.
func errorTable() []row {
	return slices.Concat(gatewayRows(), recordingRows(), acquireRows(), startRows())
}

// gatewayRows are the rows for all methods.
func gatewayRows() []row {
	return []row{
		{name: "appid is invalid", methods: allCalls, status: 400, message: "appid is invalid", stalls: true},
		{name: "no Authorization", methods: allCalls, status: 401, message: "Unauthorized", stalls: true},
		{name: "wrong credentials", methods: allCalls, status: 401, message: "Invalid authentication credentials", stalls: true},
		{name: "forbidden", methods: allCalls, status: 403, message: "Forbidden", stalls: true},
		{name: "no route", methods: allCalls, status: 404, message: "no Route matched with those values", stalls: true},
		{name: "rate limit", methods: allCalls, status: 429, message: "API rate limit exceeded"},
		{name: "rate limit with Retry-After", methods: allCalls, status: 429, message: "API rate limit exceeded", retryAfter: "2"},
	}
}

// recordingRows are the rows for query and stop.
func recordingRows() []row {
	query, stop := methods{faults.MethodQuery}, methods{faults.MethodStop}
	both := slices.Concat(query, stop)
	rows := []row{
		{name: "not completed", methods: both, status: 206, code: 65, reason: "request not completed"},
		{name: "timeout 504", methods: both, status: 504, code: 62, reason: "request timeout"},
		{name: "timeout 500", methods: both, status: 500, code: 62, reason: "request timeout"},
		{name: "internal error", methods: both, status: 500, code: 500, reason: "internal_error"},
		{name: "not found", methods: both, status: 404, code: 404, reason: "failed to find worker"},
		{name: "not found, as seen", methods: both, status: 404, code: 404, response: workerNotFound},
		{name: "exiting", methods: query, status: 400, code: 501, reason: "service is exiting"},
		{name: "not completed, though it was", methods: stop, status: 206, code: 65, reason: "request not completed", acts: true},
		{name: "timeout, though it was not", methods: stop, status: 504, code: 62, reason: "request timeout", acts: true},
		{name: "upload timeout", methods: stop, status: 500, code: 50, reason: "upload timeout", acts: true},
		{name: "upload timeout in a 200", methods: stop, status: 200, code: 50, reason: "upload timeout", acts: true},
		{name: "already exiting, as seen", methods: stop, status: 400, code: 49, response: alreadyExiting, acts: true},
		{name: "206 with backuped", methods: stop, status: 206, response: backuped, acts: true},
		{name: "200 without upload status", methods: stop, status: 200, response: withoutUploadStatus, acts: true},
		{name: "200 without a response", methods: stop, status: 200, acts: true},
	}
	return append(rows, refusedRows(both, 2, 8, 109, 110, 432, 433, 1001, 1003, 1013, 1028)...)
}

// acquireRows are the rows for acquire.
func acquireRows() []row {
	acquire := methods{faults.MethodAcquire}
	rows := []row{
		{name: "service not enabled", methods: acquire, status: 400, code: 400, reason: "invalid_appid", stalls: true},
		{name: "account inactive", methods: acquire, status: 400, code: 405, reason: "no_active_status", stalls: true},
		{name: "overload", methods: acquire, status: 400, code: 406, reason: "vendor_over_load", slow: true},
		{name: "internal error of acquire", methods: acquire, status: 500, code: 500, reason: "internal_error"},
		{name: "no worker manager", methods: acquire, status: 500, code: 501, reason: "no_worker_manager_available", slow: true},
		{name: "allocate timeout", methods: acquire, status: 500, code: 504, reason: "allocate_timeout", slow: true},
	}
	return append(rows, refusedRows(acquire, 2, 401)...)
}

// startRows are the rows for start. A row acts only if its answer leaves open whether the start
// took effect, or says that it did.
func startRows() []row {
	start := methods{faults.MethodStart}
	rows := []row{
		{name: "already started", methods: start, status: 201, code: codeAlreadyStarted, reason: "already started", acts: true},
		{name: "start not completed", methods: start, status: 206, code: codeNotCompleted, reason: "request not completed"},
		{name: "start not completed, though it was", methods: start, status: 206, code: codeNotCompleted, reason: "request not completed", acts: true},
		{name: "start timed out", methods: start, status: 500, code: codeTimeout, reason: "request timeout"},
		{name: "start timed out, though it was not", methods: start, status: 500, code: codeTimeout, reason: "request timeout", acts: true},
		{name: "task conflict", methods: start, status: 400, code: 53, reason: "task conflict", stalls: true},
		{name: "no worker", methods: start, status: 500, code: 502, reason: "Failed to allocate worker"},
		{name: "failed start, as seen", methods: start, status: 500, code: 15},
	}
	return append(rows, refusedRows(start, 2, 109, 110, 432, 433, 1001)...)
}

// The codes of a start that may have taken effect.
const (
	codeAlreadyStarted = 7
	codeTimeout        = 62
	codeNotCompleted   = 65
)

// refusedRows are rows with codes by which Agora refuses a request.
func refusedRows(methods methods, codes ...int) []row {
	rows := make([]row, 0, len(codes))
	for _, code := range codes {
		rows = append(rows, row{
			name: fmt.Sprintf("code %d", code), methods: methods, status: http.StatusBadRequest, code: code, reason: "refused", stalls: true,
		})
	}
	return rows
}

// Members serverResponse. INDEX stands for the name of a file.
const (
	workerNotFound = `{"command":"StopCloudRecorder","payload":{"message":"Failed to find worker."},"subscribeModeBitmask":1,"vid":"1"}`
	alreadyExiting = `{"backuped":0,"fileListMode":"string","fileListStr":"INDEX","payload":{"message":"Failed"}}`
	backuped       = `{"fileListMode":"json","uploadingStatus":"backuped",
		"fileList":[{"fileName":"INDEX","trackType":"audio_and_video","uid":"0"}]}`
	withoutUploadStatus = `{"fileListMode":"string","fileList":"INDEX"}`
)

// fault returns the row as a fault for the calls of a recording. An empty recording selects all
// calls, and the fault names no recording.
func (r row) fault(recording agorasim.Recording) faults.Fault {
	body := map[string]any{"message": r.message, "code": r.code, "reason": r.reason}
	if r.message == "" {
		body["cname"], body["uid"] = recording.CName, recording.UID
		body["resourceId"], body["sid"] = recording.ResourceID, recording.SID
	}
	if r.response != "" {
		index := "rec/" + recording.SID + "_" + recording.CName + ".m3u8"
		if len(recording.Files) > 0 {
			index = recording.Files[0]
		}
		body["serverResponse"] = json.RawMessage(strings.ReplaceAll(r.response, "INDEX", index))
	}
	maps.DeleteFunc(body, func(_ string, member any) bool { return member == "" || member == 0 })
	// Such a map always encodes.
	encoded, _ := json.Marshal(body)
	effect := faults.EffectAnswer
	if r.acts {
		effect = faults.EffectAnswerAfterActing
	}
	return faults.Fault{
		Effect: effect,
		Status: r.status, Body: string(encoded), ContentType: "application/json", RetryAfter: r.retryAfter,
	}
}
