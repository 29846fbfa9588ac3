// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Members holds the undecoded members of a JSON object. Agora has changed the types of
// members over the years, and an invalid member must not affect the others. So each
// member is decoded on its own, as the type that the caller asks for.
type Members map[string]json.RawMessage

// Object reads a JSON object. It is nil for anything else.
func Object(raw json.RawMessage) Members {
	var m Members
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// Object reads the first of the named members that holds an object, or a string that
// contains one. It is nil if there is none.
func (m Members) Object(names ...string) Members {
	for _, name := range names {
		if object := Object(unquote(m[name])); object != nil {
			return object
		}
	}
	return nil
}

// Objects reads the objects in a member that holds an array or a single object. The array
// and each object may also be JSON in a string.
func (m Members) Objects(name string) []Members {
	raw := unquote(m[name])
	if object := Object(raw); object != nil {
		return []Members{object}
	}
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil {
		return nil
	}
	var found []Members
	for _, element := range elements {
		if object := Object(unquote(element)); object != nil {
			found = append(found, object)
		}
	}
	return found
}

// unquote returns the JSON in a string. It returns anything else unchanged.
func unquote(raw json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return raw
	}
	if held, ok := jsonIn(text); ok {
		return held
	}
	return raw
}

// jsonIn returns the JSON array, object or string in a text, even if it is cut off. No
// file name begins like that: a name begins with a prefix of letters and digits, or with
// the recording's sid.
func jsonIn(text string) (json.RawMessage, bool) {
	const byteOrderMark = '\ufeff'
	text = strings.TrimFunc(text, func(r rune) bool { return r == byteOrderMark || unicode.IsSpace(r) })
	if text == "null" || strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") || strings.HasPrefix(text, `"`) {
		return json.RawMessage(text), true
	}
	return nil, false
}

// Text reads the first of the named members that holds a string or a number.
func (m Members) Text(names ...string) string {
	for _, name := range names {
		raw := bytes.TrimSpace(m[name])
		var text string
		if json.Unmarshal(raw, &text) == nil && text != "" {
			return text
		}
		var number json.Number
		if json.Unmarshal(raw, &number) == nil && number != "" {
			return number.String()
		}
	}
	return ""
}

// Number reads a whole number, which may also be in a string.
func (m Members) Number(name string) (int64, bool) {
	text := strings.TrimSpace(m.Text(name))
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number, true
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number != math.Trunc(number) || math.Abs(number) > 1<<53 {
		return 0, false
	}
	return int64(number), true
}

// Number32 reads a whole number that fits 32 bits. It is nil for anything else.
func (m Members) Number32(name string) *int32 {
	number, ok := m.Number(name)
	if !ok || number < math.MinInt32 || number > math.MaxInt32 {
		return nil
	}
	narrow := int32(number)
	return &narrow
}

// boolean reads a boolean, which may also be in a string.
func (m Members) boolean(name string) *bool {
	var value bool
	if json.Unmarshal(m[name], &value) == nil && !isNull(m[name]) {
		return &value
	}
	var text string
	if json.Unmarshal(m[name], &text) != nil {
		return nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return nil
	}
	return &value
}

// isMissing reports whether a member is absent, null or an empty string.
func isMissing(raw json.RawMessage) bool {
	return len(raw) == 0 || isNull(raw) || string(bytes.TrimSpace(raw)) == `""`
}

func isNull(raw json.RawMessage) bool {
	return string(bytes.TrimSpace(raw)) == "null"
}
