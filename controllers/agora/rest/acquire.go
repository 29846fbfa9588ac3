// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"

	"cloudrecording.dev/operator/controllers/agora"
)

// Acquire asks for a resource ID for a recording that has none. Agora documents
// that it is valid for five minutes, for one recording, and that start is to
// follow within two seconds.
func (c *Client) Acquire(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer {
	return c.do(ctx, credentials, recording, call{
		method:  agora.MethodAcquire,
		verb:    http.MethodPost,
		path:    []string{string(agora.MethodAcquire)},
		body:    envelopeOf(recording, request),
		secrets: request.Secrets,
	})
}
