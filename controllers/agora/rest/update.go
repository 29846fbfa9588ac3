// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"

	"cloudrecording.dev/operator/controllers/agora"
)

// Update changes a recording that runs: which users are recorded, whether a page
// is on hold, where it is pushed to, or the key for the bucket. What it says of
// the users replaces all that was said before. Agora wants its answer awaited
// before the next call for the recording.
func (c *Client) Update(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer {
	return c.do(ctx, credentials, recording, call{
		method:  agora.MethodUpdate,
		verb:    http.MethodPost,
		path:    pathOf(recording, agora.MethodUpdate),
		body:    envelopeOf(recording, request),
		secrets: request.Secrets,
	})
}
