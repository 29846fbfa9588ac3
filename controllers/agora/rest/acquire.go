// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"

	"cloudrecording.dev/operator/controllers/agora"
)

// Acquire requests a resource ID for a recording that has none. According to Agora's
// documentation, the ID is valid for five minutes and for one recording, and start should
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
