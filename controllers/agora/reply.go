// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxReasonBytes limits how much of an answer's text reaches a status.
const maxReasonBytes = 256

// Reply is a decoded answer. Its zero value is an answer that makes no sense.
type Reply struct {
	// status is the HTTP status, or zero if the body contradicts it.
	status int

	// isObject is true if the body is a complete JSON object.
	isObject bool

	// flaw describes what is wrong with a body that is not a JSON object.
	flaw string

	// code is Agora's error code. It is zero if there is none, as in the gateway's
	// answers.
	code int32

	// strangeCode is true if there is a code that is not a number.
	strangeCode bool

	// text is the human-readable text, whichever member holds it.
	text string

	cname      string
	resourceID string
	sid        string

	// response is the member serverResponse, or nil.
	response Members
}

// DecodeReply decodes an answer with any kind of body.
func DecodeReply(status int, body []byte) Reply {
	m := Object(body)
	if m == nil {
		return Reply{status: status, flaw: flawOf(body)}
	}
	status, m = unwrap(status, m)
	response := m.Object("serverResponse")
	r := Reply{
		status:     status,
		isObject:   true,
		text:       firstText(m.Text("reason"), m.Text("message"), response.Object("payload").Text("message")),
		cname:      m.Text("cname"),
		resourceID: m.Text("resourceId"),
		sid:        m.Text("sid"),
		response:   response,
	}
	if code := m.Number32("code"); code != nil {
		r.code = *code
		return r
	}
	// A code that is a word, such as "invalid appid", is also the text.
	r.strangeCode = !isMissing(m["code"])
	r.text = firstText(r.text, m.Text("code"))
	return r
}

// unwrap returns the answer in a body of the form {"Code": 200, "Body": {…}}, which one
// page of Agora's documentation shows. Code is an HTTP status. It overrides the status of
// the answer itself, unless that one is an error. If Code is not a valid status, the
// returned status is zero.
func unwrap(status int, m Members) (int, Members) {
	wrapped := m.Object("Body")
	if wrapped == nil || m["code"] != nil || m["sid"] != nil || m["resourceId"] != nil || m["serverResponse"] != nil {
		return status, m
	}
	if isMissing(m["Code"]) || status < 200 || status > 299 {
		return status, wrapped
	}
	stated, ok := m.Number("Code")
	if !ok || stated < 100 || stated > 599 {
		return 0, wrapped
	}
	return int(stated), wrapped
}

func flawOf(body []byte) string {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return "the answer is empty"
	case json.Valid(body):
		return "the answer is not a JSON object"
	default:
		return "the answer is not valid JSON"
	}
}

// isOfService reports whether the recording service answered, rather than the gateway.
func (r Reply) isOfService() bool {
	return r.resourceID != "" || r.sid != "" || r.response != nil
}

// isOfAnother reports whether the answer is about another recording.
func (r Reply) isOfAnother(method Method, recording Recording) bool {
	switch method {
	case MethodAcquire:
		// The resource ID is new, so only the channel can differ.
		return r.cname != "" && r.cname != recording.CName
	case MethodStart:
		return r.resourceID != "" && r.resourceID != recording.ResourceID
	default:
		return (r.sid != "" && r.sid != recording.SID) ||
			(r.resourceID != "" && r.resourceID != recording.ResourceID)
	}
}

func (r Reply) says(text string) bool {
	return strings.Contains(strings.ToLower(r.text), text)
}

// IsGatewayError reports whether a gateway answered because it could not reach the
// service: a server error that does not come from Agora's service. The service's own
// errors, such as 504 with code 62, mean that something behind it took too long, which
// happens behind every endpoint.
func (r Reply) IsGatewayError() bool {
	return r.status >= httpServerError && r.code == 0 && !r.isOfService()
}

// reason returns a text for users. The same cause always gives the same text.
func (r Reply) reason() string {
	if r.text != "" {
		return clean(r.text)
	}
	return r.flaw
}

// clean makes a text from outside suitable for a status.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
	if len(text) <= maxReasonBytes {
		return strings.TrimSpace(text)
	}
	cut := maxReasonBytes
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.TrimSpace(text[:cut])
}

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
