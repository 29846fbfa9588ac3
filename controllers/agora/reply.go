// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxReasonBytes bounds what of an answer's text reaches a status.
const maxReasonBytes = 256

// reply is a decoded body. Its zero value is a body that makes no sense.
type reply struct {
	// isObject says that the body is a complete JSON object.
	isObject bool

	// code is Agora's error code, or zero: the gateway's answers have none.
	code int32

	// strangeCode says that there is a code, and that it is not a number.
	strangeCode bool

	// text is the human-readable text, wherever it stands.
	text string

	cname      string
	resourceID string
	sid        string

	// response is serverResponse, or nil.
	response Members
}

// decodeReply reads a body of any kind.
func decodeReply(body []byte) reply {
	m := Object(body)
	if m == nil {
		return reply{}
	}
	response := Object(m["serverResponse"])
	r := reply{
		isObject:   true,
		text:       firstText(m.Text("reason"), m.Text("message"), Object(response["payload"]).Text("message")),
		cname:      m.Text("cname"),
		resourceID: m.Text("resourceId"),
		sid:        m.Text("sid"),
		response:   response,
	}
	if code := m.Number32("code"); code != nil {
		r.code = *code
		return r
	}
	// A code that is a word, such as "invalid appid", is the text as well.
	r.strangeCode = !isMissing(m["code"])
	r.text = firstText(r.text, m.Text("code"))
	return r
}

// isOfService says that the recording service answered, not the gateway.
func (r reply) isOfService() bool {
	return r.resourceID != "" || r.sid != "" || r.response != nil
}

// isOfAnother says that the answer is about another recording.
func (r reply) isOfAnother(method Method, recording Recording) bool {
	switch method {
	case MethodAcquire:
		// What it gives out is new.
		return r.cname != "" && r.cname != recording.CName
	case MethodStart:
		return r.resourceID != "" && r.resourceID != recording.ResourceID
	default:
		return (r.sid != "" && r.sid != recording.SID) ||
			(r.resourceID != "" && r.resourceID != recording.ResourceID)
	}
}

func (r reply) says(text string) bool {
	return strings.Contains(strings.ToLower(r.text), text)
}

// reason returns a text for people that is the same for the same cause.
func (r reply) reason(body []byte) string {
	switch {
	case r.text != "":
		return clean(r.text)
	case r.isObject:
		return ""
	case len(bytes.TrimSpace(body)) == 0:
		return "the answer is empty"
	case json.Valid(body):
		return "the answer is not a JSON object"
	default:
		return "the answer is not valid JSON"
	}
}

// clean makes a text from outside fit to stand in a status.
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
