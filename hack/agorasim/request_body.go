// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"bytes"
	"encoding/json"
	"math"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// requestBody is the envelope of every method that has a body. Agora's keys
// are case-sensitive, hence the map.
type requestBody map[string]json.RawMessage

// parseBody reads the envelope, or returns the refusal.
func (c *call) parseBody() (requestBody, *reply) {
	if !isJSON(c.contentType) {
		return nil, serviceError(codeWrongSyntax, "Content-Type must be application/json;charset=utf-8")
	}
	var body requestBody
	if json.Unmarshal(c.body, &body) != nil || body == nil {
		return nil, invalidParameter("invalid JSON body")
	}
	for _, key := range []string{"cname", "uid"} {
		if text, ok := body.text(key); !ok || text == "" {
			return nil, invalidParameter(key + " is required and must be a string")
		}
	}
	if body.object("clientRequest") == nil {
		return nil, invalidParameter("clientRequest is required and must be an object")
	}
	return body, nil
}

func isJSON(contentType string) bool {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	charset, given := parameters["charset"]
	return err == nil && mediaType == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// text reads a string.
func (b requestBody) text(key string) (string, bool) {
	var text string
	err := json.Unmarshal(b[key], &text)
	return text, err == nil
}

// object reads an object; nil for anything else.
func (b requestBody) object(key string) requestBody {
	var object requestBody
	if json.Unmarshal(b[key], &object) != nil {
		return nil
	}
	return object
}

// number reads a whole number within bounds, or the default where it is absent.
func (b requestBody) number(key string, byDefault, lowest, highest int) (int, bool) {
	raw, ok := b[key]
	if !ok {
		return byDefault, true
	}
	var number *float64
	if json.Unmarshal(raw, &number) != nil || number == nil || *number != math.Trunc(*number) {
		return 0, false
	}
	if *number < float64(lowest) || *number > float64(highest) {
		return 0, false
	}
	return int(*number), true
}

// requiredNumber reads a whole number of at least 0 that must be there.
func (b requestBody) requiredNumber(key string, lowest, highest int) (int, bool) {
	const absent = -1
	number, ok := b.number(key, absent, lowest, highest)
	return number, ok && number != absent
}

// texts reads an array of strings, or the default where it is absent.
func (b requestBody) texts(key string, byDefault ...string) ([]string, bool) {
	raw, ok := b[key]
	if !ok {
		return byDefault, true
	}
	var texts []string
	err := json.Unmarshal(raw, &texts)
	return texts, err == nil && texts != nil
}

// boolean reads a boolean, or false where it is absent.
func (b requestBody) boolean(key string) (value, ok bool) {
	raw, given := b[key]
	if !given {
		return false, true
	}
	var read *bool
	if json.Unmarshal(raw, &read) != nil || read == nil {
		return false, false
	}
	return *read, true
}

// canonical returns a member in a form in which equal ones are equal texts;
// nothing where it is absent or null.
func (b requestBody) canonical(key string) string {
	var member any
	decoder := json.NewDecoder(bytes.NewReader(b[key]))
	decoder.UseNumber()
	if decoder.Decode(&member) != nil || member == nil {
		return ""
	}
	// What was decoded can be encoded, with its keys in order.
	text, _ := json.Marshal(member)
	return string(text)
}

// isUID says whether a text is a user ID: 1 to 4294967295.
func isUID(text string) bool {
	uid, err := strconv.ParseUint(text, 10, 32)
	return err == nil && uid > 0
}

// isUIDOrEmpty takes an empty user ID as one that is left out, as Agora's clients
// send it.
func isUIDOrEmpty(text string) bool { return text == "" || isUID(text) }

// objects reads the objects in an array.
func (b requestBody) objects(key string) []requestBody {
	var objects []requestBody
	if json.Unmarshal(b[key], &objects) != nil {
		return nil
	}
	return objects
}

// list reads an array of objects; nothing where it is absent.
func (b requestBody) list(key string) ([]requestBody, bool) {
	raw, ok := b[key]
	if !ok {
		return nil, true
	}
	var elements []requestBody
	err := json.Unmarshal(raw, &elements)
	empty := func(element requestBody) bool { return element == nil }
	return elements, err == nil && elements != nil && !slices.ContainsFunc(elements, empty)
}

// optionalText reads a valid string, or the default where it is absent.
func (b requestBody) optionalText(key, byDefault string, valid func(string) bool) (string, bool) {
	raw, ok := b[key]
	if !ok {
		return byDefault, true
	}
	var text *string
	if json.Unmarshal(raw, &text) != nil || text == nil {
		return "", false
	}
	return *text, valid(*text)
}

// fraction reads a number from 0 to 1 that must be there.
func (b requestBody) fraction(key string) (float64, bool) {
	var number *float64
	if json.Unmarshal(b[key], &number) != nil || number == nil {
		return 0, false
	}
	return *number, *number >= 0 && *number <= 1
}

// hasAny says whether one of the members is there.
func (b requestBody) hasAny(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { _, given := b[key]; return given })
}
