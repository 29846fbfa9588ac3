// SPDX-License-Identifier: Apache-2.0

package agora

import "encoding/json"

// ClientRequest is the clientRequest of a method.
type ClientRequest struct {
	// JSON is the object itself.
	JSON json.RawMessage

	// Secrets are the texts in it that must reach nobody but Agora: an answer may
	// repeat them.
	Secrets []string
}

// String hides the request, so that no secret in it reaches a log by accident.
func (ClientRequest) String() string { return "[clientRequest]" }

// GoString hides the request, so that no secret in it reaches a log by accident.
func (ClientRequest) GoString() string { return "[clientRequest]" }

// MarshalLog hides the request, so that no secret in it reaches a log by accident.
func (ClientRequest) MarshalLog() any { return "[clientRequest]" }
