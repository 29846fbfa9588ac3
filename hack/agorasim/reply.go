// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"encoding/json"
	"net/http"
	"time"
)

const contentTypeJSON = "application/json; charset=utf-8"

// reply is an answer that can be sent.
type reply struct {
	status      int
	contentType string
	retryAfter  string
	body        []byte
	// refusal says that the call had no effect where the status does not.
	refusal bool
}

// refuses says whether the call had no effect. A stop has one even if its reply
// is that the upload takes too long.
func (r *reply) refuses() bool {
	return r.refusal || r.status >= http.StatusBadRequest && r.status < http.StatusInternalServerError
}

// outcome is the reply to a call that has acted, and the simulated time
// before which it is not given.
type outcome struct {
	reply *reply
	at    time.Time
}

func now(r *reply) outcome { return outcome{reply: r} }

// serviceBody is what the recording service says, errors included. The
// gateway before it says only a message.
type serviceBody struct {
	CName          string `json:"cname,omitempty"`
	UID            string `json:"uid,omitempty"`
	ResourceID     string `json:"resourceId,omitempty"`
	SID            string `json:"sid,omitempty"`
	Code           int    `json:"code,omitempty"`
	Reason         string `json:"reason,omitempty"`
	ServerResponse any    `json:"serverResponse,omitempty"`
}

// Agora's service codes.
const (
	codeInvalidParameter   = 2
	codeAlreadyStarted     = 7
	codeWrongSyntax        = 8
	codeInvalidOperation   = 49
	codeUploadTimeout      = 50
	codeTaskConflict       = 53
	codeNotEnabled         = 62
	codeInvalidChannelName = 401
	codeNotFound           = 404
	codeOverload           = 406
	codeMismatch           = 432
	codeResourceExpired    = 433
	codeNoRecordedData     = 435
	codeExiting            = 501
	codeUnknownResource    = 1001
	codeWrongSID           = 1003
	codeInvalidLayout      = 1028
)

func jsonReply(status int, body any) *reply {
	// Bodies are this package's own structs, which always encode.
	data, _ := json.Marshal(body)
	return &reply{status: status, contentType: contentTypeJSON, body: data}
}

func gatewayReply(status int, message string) *reply {
	return jsonReply(status, struct {
		Message string `json:"message"`
	}{message})
}

func serviceError(code int, reason string) *reply {
	return jsonReply(http.StatusBadRequest, serviceBody{Code: code, Reason: reason})
}

func invalidParameter(reason string) *reply {
	return serviceError(codeInvalidParameter, reason)
}
