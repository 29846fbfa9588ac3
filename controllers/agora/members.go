// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// members are those of a JSON object, not decoded yet. Agora has changed the
// types of members over the years, and one that makes no sense must not cost
// the others: each is read by itself, as what it is wanted for.
type members map[string]json.RawMessage

// Members are the members of a JSON object of Agora's, read as tolerantly as
// its answers are.
type Members = members

// Object reads a JSON object. It is nil for anything else.
func Object(raw json.RawMessage) Members { return object(raw) }

// Objects reads the objects in a JSON array. It is nil for anything else.
func Objects(raw json.RawMessage) []Members { return objects(raw) }

// Text reads the first of the names that holds a string or a number.
func (m members) Text(names ...string) string { return m.text(names...) }

// Number reads a whole number, also one that comes as a string.
func (m members) Number(name string) (int64, bool) { return m.number(name) }

// Number32 reads a whole number that fits 32 bits. It is nil for anything else.
func (m members) Number32(name string) *int32 { return m.number32(name) }

// object reads a JSON object. It is nil for anything else.
func object(raw json.RawMessage) members {
	var m members
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// objects reads the objects in a JSON array. It is nil for anything else.
func objects(raw json.RawMessage) []members {
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil {
		return nil
	}
	var found []members
	for _, element := range elements {
		if m := object(element); m != nil {
			found = append(found, m)
		}
	}
	return found
}

// text reads the first of the names that holds a string or a number.
func (m members) text(names ...string) string {
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

// number reads a whole number, also one that comes as a string.
func (m members) number(name string) (int64, bool) {
	text := strings.TrimSpace(m.text(name))
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number, true
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number != math.Trunc(number) || math.Abs(number) > 1<<53 {
		return 0, false
	}
	return int64(number), true
}

// number32 reads a whole number that fits 32 bits.
func (m members) number32(name string) *int32 {
	number, ok := m.number(name)
	if !ok || number < math.MinInt32 || number > math.MaxInt32 {
		return nil
	}
	narrow := int32(number)
	return &narrow
}

// boolean reads a boolean, also one that comes as a string.
func (m members) boolean(name string) *bool {
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

// isMissing says that a member is absent, null or an empty string.
func isMissing(raw json.RawMessage) bool {
	return len(raw) == 0 || isNull(raw) || string(bytes.TrimSpace(raw)) == `""`
}

func isNull(raw json.RawMessage) bool {
	return string(bytes.TrimSpace(raw)) == "null"
}
