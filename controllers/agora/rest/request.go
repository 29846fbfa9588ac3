// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"cloudrecording.dev/operator/controllers/agora"
)

const contentType = "application/json;charset=utf-8"

// call is a request to Agora without an endpoint.
type call struct {
	method agora.Method
	verb   string
	// path holds the unescaped segments below /v1/apps/{appid}/cloud_recording.
	path []string
	// body is sent as JSON unless it is nil.
	body any
	// secrets are the texts in the body that are redacted from the answer.
	secrets []string
}

// envelope is the request body of every method that has one.
type envelope struct {
	CName         string `json:"cname"`
	UID           string `json:"uid"`
	ClientRequest any    `json:"clientRequest"`
}

// envelopeOf wraps a clientRequest in the request body that all methods share.
func envelopeOf(r agora.Recording, request agora.ClientRequest) envelope {
	return envelope{CName: r.CName, UID: r.UID, ClientRequest: request.JSON}
}

// pathOf returns the path segments that all methods for a started recording share.
func pathOf(r agora.Recording, method agora.Method) []string {
	return []string{"resourceid", r.ResourceID, "sid", r.SID, "mode", string(r.Mode), string(method)}
}

func (c *Client) newRequest(
	ctx context.Context, endpoint string, credentials agora.Credentials, recording agora.Recording, call call,
) (*http.Request, error) {
	path, err := escapePath(append([]string{"v1", "apps", recording.AppID, "cloud_recording"}, call.path...))
	if err != nil {
		return nil, fmt.Errorf("build the URL of %s: %w", call.method, err)
	}
	var body io.Reader = emptyBody{}
	if call.body != nil {
		encoded, err := json.Marshal(call.body)
		if err != nil {
			return nil, fmt.Errorf("encode the body of %s: %w", call.method, err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, call.verb, endpoint+path, body)
	if err != nil {
		return nil, fmt.Errorf("build the request of %s: %w", call.method, err)
	}
	request.SetBasicAuth(credentials.CustomerID, credentials.CustomerSecret)
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	return request, nil
}

// emptyBody is the body of a request without content. Go's HTTP client repeats a GET on
// its own when a connection breaks, and the repeated request would count against the
// account's limit unnoticed. A body that it cannot read twice prevents that.
type emptyBody struct{}

// Read implements io.Reader.
func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }

// escapePath joins the escaped segments. No segment can change the path.
func escapePath(segments []string) (string, error) {
	var path strings.Builder
	for _, segment := range segments {
		// Escaping does not change these, and servers resolve them.
		if segment == "" || segment == "." || segment == ".." {
			return "", fmt.Errorf("%q cannot be a part of the path", segment)
		}
		path.WriteByte('/')
		path.WriteString(url.PathEscape(segment))
	}
	return path.String(), nil
}
