// SPDX-License-Identifier: Apache-2.0

package agora

import "encoding/json"

// ClientRequest is the clientRequest object of a method.
type ClientRequest struct {
	// JSON is the object itself.
	JSON json.RawMessage

	// Secrets are the texts in it that only Agora may see. An answer may repeat them.
	Secrets []string
}

// String hides the request so that its secrets do not reach a log by accident.
func (ClientRequest) String() string { return "[clientRequest]" }

// GoString hides the request so that its secrets do not reach a log by accident.
func (ClientRequest) GoString() string { return "[clientRequest]" }

// MarshalLog hides the request so that its secrets do not reach a log by accident.
func (ClientRequest) MarshalLog() any { return "[clientRequest]" }
