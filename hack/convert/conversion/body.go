// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// body is that of a request.
type body struct {
	cname, uid string
	request    members
}

// decode reads the body of a request to a method.
func (c *conversion) decode(method string, encoded []byte) (decoded body, err error) {
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var envelope members
	if err := decoder.Decode(&envelope); err != nil {
		return body{}, fmt.Errorf("read the body of %s as JSON: %w", method, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return body{}, fmt.Errorf("there is more than one JSON object in the body of %s: give one alone", method)
	}
	if envelope["clientRequest"] == nil {
		return body{}, fmt.Errorf("the body of %s has no clientRequest: give the whole body of the request, with cname, uid and clientRequest", method)
	}
	if decoded.request, err = objectOf("clientRequest", envelope["clientRequest"]); err != nil {
		return body{}, err
	}
	for name, text := range map[string]*string{"cname": &decoded.cname, "uid": &decoded.uid} {
		var isText bool
		if *text, isText = envelope[name].(string); !isText || *text == "" {
			return body{}, fmt.Errorf("%s in the body of %s is missing, empty or no text: Agora wants a text in quotation marks", name, method)
		}
		delete(envelope, name)
	}
	delete(envelope, "clientRequest")
	for _, name := range slices.Sorted(maps.Keys(envelope)) {
		c.note("%q beside clientRequest was left out: Agora knows cname, uid and clientRequest there.", name)
	}
	return decoded, nil
}
