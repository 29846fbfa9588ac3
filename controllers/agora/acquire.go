// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"context"
	"net/http"
)

// Acquire asks for a resource ID for a recording that has none. Agora documents
// that it is valid for five minutes, for one recording, and that start is to
// follow within two seconds.
func (c *Client) Acquire(ctx context.Context, credentials Credentials, recording Recording, request ClientRequest) Answer {
	return c.do(ctx, credentials, recording, call{
		method:  MethodAcquire,
		verb:    http.MethodPost,
		path:    []string{string(MethodAcquire)},
		body:    envelopeOf(recording, request),
		secrets: request.Secrets,
	})
}

// envelope puts a clientRequest into the body that every method has.
func envelopeOf(r Recording, request ClientRequest) envelope {
	return envelope{CName: r.CName, UID: r.UID, ClientRequest: request.JSON}
}
