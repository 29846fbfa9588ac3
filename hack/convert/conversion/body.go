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

// body is the body of a request.
type body struct {
	cname, uid string
	request    members
}

// decode decodes the body of a request to a method.
func (c *conversion) decode(method string, encoded []byte) (decoded body, err error) {
	envelope, err := decodeObject(method, encoded)
	if err != nil {
		return body{}, err
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

// decodeObject decodes a single JSON object.
func decodeObject(method string, encoded []byte) (object members, err error) {
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return nil, notJSON(method, encoded, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("there is more than one JSON object in the body of %s: give one alone", method)
	}
	if twice := givenTwice(encoded); twice != "" {
		return nil, fmt.Errorf("the body of %s has %s twice: leave one", method, twice)
	}
	return object, nil
}

// notJSON returns an error with the position at which decoding failed.
func notJSON(method string, encoded []byte, err error) error {
	var syntax *json.SyntaxError
	var other *json.UnmarshalTypeError
	switch {
	case errors.As(err, &other):
		return fmt.Errorf("the body of %s is not a JSON object: give the whole body of the request, with cname, uid and clientRequest", method)
	case errors.As(err, &syntax) && syntax.Offset > 0 && syntax.Offset <= int64(len(encoded)):
		before := encoded[:syntax.Offset]
		line := bytes.Count(before, []byte{'\n'}) + 1
		column := len(before) - bytes.LastIndexByte(before, '\n') - 1
		return fmt.Errorf("the body of %s is not JSON at line %d, column %d: check the quotation marks, brackets and commas before", method, line, column)
	default:
		return fmt.Errorf("the body of %s is not JSON: it is empty, or ends too early", method)
	}
}
