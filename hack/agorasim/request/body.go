// SPDX-License-Identifier: Apache-2.0

package request

import (
	"bytes"
	"encoding/json"
	"math"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// Body is an object in a request. It is a map because Agora's keys are case-sensitive.
type Body map[string]json.RawMessage

// Call contains the members that all methods with a body share.
type Call struct {
	CName, UID string
	// Client is the member clientRequest.
	Client Body
}

// Parse parses the body of a call.
func Parse(contentType string, content []byte) (Call, *Refusal) {
	if !isJSON(contentType) {
		return Call{}, &Refusal{CodeWrongSyntax, "Content-Type must be application/json;charset=utf-8"}
	}
	var body Body
	if json.Unmarshal(content, &body) != nil || body == nil {
		return Call{}, invalid("invalid JSON body")
	}
	var call Call
	call.CName, _ = body.Text("cname")
	call.UID, _ = body.Text("uid")
	call.Client = body.object("clientRequest")
	switch {
	case call.CName == "":
		return Call{}, invalid("cname is required and must be a string")
	case call.UID == "":
		return Call{}, invalid("uid is required and must be a string")
	case call.Client == nil:
		return Call{}, invalid("clientRequest is required and must be an object")
	}
	return call, nil
}

func isJSON(contentType string) bool {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	charset, given := parameters["charset"]
	return err == nil && mediaType == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// Text returns a string member.
func (b Body) Text(key string) (string, bool) {
	var text string
	err := json.Unmarshal(b[key], &text)
	return text, err == nil
}

// object returns an object member, or nil if it is not an object.
func (b Body) object(key string) Body {
	var object Body
	if json.Unmarshal(b[key], &object) != nil {
		return nil
	}
	return object
}

// member returns a member, or the default if it is absent. Null is not a valid value.
func member[T any](b Body, key string, byDefault T) (value T, ok bool) {
	raw, given := b[key]
	if !given {
		return byDefault, true
	}
	var read *T
	if json.Unmarshal(raw, &read) != nil || read == nil {
		return value, false
	}
	return *read, true
}

// number returns a whole number within bounds, or the default if it is absent.
func (b Body) number(key string, byDefault, lowest, highest int) (int, bool) {
	number, ok := member(b, key, float64(byDefault))
	within := number == math.Trunc(number) && number >= float64(lowest) && number <= float64(highest)
	if !ok || b.has(key) && !within {
		return 0, false
	}
	return int(number), true
}

// requiredNumber returns a whole number within bounds. It must be present.
func (b Body) requiredNumber(key string, lowest, highest int) (int, bool) {
	number, ok := b.number(key, 0, lowest, highest)
	return number, ok && b.has(key)
}

// Canonical returns the same text for equal objects.
func (b Body) Canonical() string { return canonical(b) }

// canonicalMember returns the canonical text of a member, or "" if it is absent or null.
func (b Body) canonicalMember(key string) string {
	if raw, ok := member[json.RawMessage](b, key, nil); ok && raw != nil {
		return canonical(raw)
	}
	return ""
}

func canonical(value any) string {
	var decoded any
	// Decoded values can always be encoded, and the keys are then sorted.
	text, _ := json.Marshal(value)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	_ = decoder.Decode(&decoded)
	text, _ = json.Marshal(decoded)
	return string(text)
}

// IsUID reports whether a text is a user ID from 1 to 4294967295.
func IsUID(text string) bool {
	uid, err := strconv.ParseUint(text, 10, 32)
	return err == nil && uid > 0
}

// isUIDOrEmpty treats an empty user ID as absent, because Agora's clients send it like
// that.
func isUIDOrEmpty(text string) bool { return text == "" || IsUID(text) }

// list returns an array of objects, or nothing if it is absent.
func (b Body) list(key string) ([]Body, bool) {
	elements, ok := member[[]Body](b, key, nil)
	return elements, ok && !slices.ContainsFunc(elements, func(element Body) bool { return element == nil })
}

// optionalText returns a valid string, or the default if it is absent.
func (b Body) optionalText(key, byDefault string, valid func(string) bool) (string, bool) {
	text, ok := member(b, key, byDefault)
	return text, ok && (!b.has(key) || valid(text))
}

// fraction returns a number from 0 to 1, or the default if it is absent.
func (b Body) fraction(key string, byDefault float64) (float64, bool) {
	number, ok := member(b, key, byDefault)
	return number, ok && number >= 0 && number <= 1
}

// has reports whether a member is present.
func (b Body) has(key string) bool { _, given := b[key]; return given }

// hasAny reports whether one of the members is present.
func (b Body) hasAny(keys ...string) bool {
	return slices.ContainsFunc(keys, b.has)
}
