// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"encoding/json"
	"net/http"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

const contentTypeJSON = "application/json; charset=utf-8"

// reply is an answer that can be sent.
type reply struct {
	status      int
	contentType string
	retryAfter  string
	body        []byte
	// cutBody closes the connection in the middle of the body.
	cutBody bool
	// refusal means that the call had no effect although the status does not show that.
	refusal bool
}

// refuses reports whether the call had no effect. A stop has an effect even if the reply
// says that the upload takes too long.
func (r *reply) refuses() bool {
	return r.refusal || r.status >= http.StatusBadRequest && r.status < http.StatusInternalServerError
}

// outcome is the reply to a call that has acted, and the earliest simulated time to send
// it.
type outcome struct {
	reply *reply
	at    time.Time
}

func now(r *reply) outcome { return outcome{reply: r} }

func refused(refusal *request.Refusal) outcome {
	return now(serviceError(refusal.Code, refusal.Reason))
}

// serviceBody is the body of the recording service's answers, including errors. The
// gateway's answers contain only a message.
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
	codeAlreadyStarted   = 7
	codeInvalidOperation = 49
	codeUploadTimeout    = 50
	codeTaskConflict     = 53
	codeNotEnabled       = 62
	codeOverloaded       = 406
	codeNotFound         = 404
	codeMismatch         = 432
	codeResourceExpired  = 433
	codeNoRecordedData   = 435
	codeExiting          = 501
	codeUnknownResource  = 1001
	codeWrongSID         = 1003
)

func jsonReply(status int, body any) *reply {
	// The bodies are structs of this package, which can always be encoded.
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
	return serviceError(request.CodeInvalidParameter, reason)
}

const gatewayPage = `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body>
</html>
`

// distort returns the reply that reaches the client after a fault. It is nil if none
// does.
func distort(f faults.Fault, r *reply) *reply {
	switch f.Effect {
	case faults.EffectDropAfterActing, faults.EffectDropBeforeActing:
		return nil
	case faults.EffectAnswer, faults.EffectAnswerAfterActing:
		if f.Acts() && r.refuses() {
			return r
		}
		return &reply{status: f.Status, contentType: f.ContentType, retryAfter: f.RetryAfter, body: []byte(f.Body)}
	case faults.EffectGatewayPage:
		return &reply{status: http.StatusBadGateway, contentType: "text/html", body: []byte(gatewayPage)}
	case faults.EffectTooManyRequests:
		return tooManyForWorkers()
	case faults.EffectEmptyBody:
		return &reply{status: r.status, contentType: r.contentType}
	case faults.EffectCutBody:
		r.cutBody = true
		return r
	default:
		return r
	}
}

// tooManyForWorkers returns the refusal if the requests per second exceed a tenth of the
// limit of parallel recordings. Agora documents only its status.
func tooManyForWorkers() *reply {
	return gatewayReply(http.StatusBadRequest, "request rate exceeds 10% of the peak concurrent worker limit")
}
