// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// UpdateLayout changes how the video of a recording in mode mix is put together.
// The request replaces the whole layout: what it leaves out falls back to
// Agora's default. A recording in another mode has none, and is not asked about:
// Agora's answer would read like a wrong endpoint or a recorder that is gone.
func (c *Client) UpdateLayout(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer {
	if recording.Mode != v1alpha1.MixMode {
		return agora.Answer{
			Method:     agora.MethodUpdateLayout,
			Conclusion: agora.InvalidRequest,
			Reason:     "only a recording in mode mix has a layout",
		}
	}
	return c.do(ctx, credentials, recording, call{
		method:  agora.MethodUpdateLayout,
		verb:    http.MethodPost,
		path:    pathOf(recording, agora.MethodUpdateLayout),
		body:    envelopeOf(recording, request),
		secrets: request.Secrets,
	})
}
