// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// givenTwice returns the path of a member that occurs twice in an object, or nothing. A decoder
// would silently use the last one.
func givenTwice(encoded []byte) string {
	return findTwice(json.NewDecoder(bytes.NewReader(encoded)), "")
}

// findTwice reads a value of valid JSON.
func findTwice(decoder *json.Decoder, path string) string {
	token, err := decoder.Token()
	if err != nil {
		return ""
	}
	twice := ""
	switch token {
	case json.Delim('{'):
		twice = findTwiceInObject(decoder, path)
	case json.Delim('['):
		for i := 0; decoder.More() && twice == ""; i++ {
			twice = findTwice(decoder, fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		return ""
	}
	_, _ = decoder.Token()
	return twice
}

func findTwiceInObject(decoder *json.Decoder, path string) string {
	seen := map[json.Token]bool{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return ""
		}
		inner := strings.TrimPrefix(fmt.Sprintf("%s.%v", path, name), ".")
		if seen[name] {
			return inner
		}
		seen[name] = true
		if twice := findTwice(decoder, inner); twice != "" {
			return twice
		}
	}
	return ""
}
