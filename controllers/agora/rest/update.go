// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"

	"cloudrecording.dev/operator/controllers/agora"
)

// Update changes a running recording: the recorded users, whether a page is paused, where
// the page is pushed to, or the key for the bucket. The users in the request replace all
// earlier ones. Agora asks callers to wait for the answer before the next call for the
// recording.
func (c *Client) Update(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer {
	return c.do(ctx, credentials, recording, call{
		method:  agora.MethodUpdate,
		verb:    http.MethodPost,
		path:    pathOf(recording, agora.MethodUpdate),
		body:    envelopeOf(recording, request),
		secrets: request.Secrets,
	})
}
