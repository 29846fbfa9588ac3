// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"encoding/json"
	"math"
	"mime"
	"strconv"
)

// requestBody is the envelope of every method that has a body. Agora's keys
// are case-sensitive, hence the map.
type requestBody map[string]json.RawMessage

// parseBody reads the envelope, or returns the refusal.
func (c *call) parseBody() (requestBody, *reply) {
	mediaType, _, err := mime.ParseMediaType(c.contentType)
	if err != nil || mediaType != "application/json" {
		return nil, serviceError(400, codeWrongSyntax, "Content-Type must be application/json;charset=utf-8")
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
	var number float64
	if json.Unmarshal(raw, &number) != nil || number != math.Trunc(number) {
		return 0, false
	}
	return int(number), number >= float64(lowest) && number <= float64(highest)
}

// texts reads an array of strings.
func (b requestBody) texts(key string) []string {
	var texts []string
	if json.Unmarshal(b[key], &texts) != nil {
		return nil
	}
	return texts
}

// isUID says whether a text is a user ID: 1 to 4294967295.
func isUID(text string) bool {
	uid, err := strconv.ParseUint(text, 10, 32)
	return err == nil && uid > 0
}

// objects reads the objects in an array.
func (b requestBody) objects(key string) []requestBody {
	var objects []requestBody
	if json.Unmarshal(b[key], &objects) != nil {
		return nil
	}
	return objects
}
