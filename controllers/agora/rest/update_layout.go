// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// UpdateLayout changes the video layout of a recording in mode mix. The request replaces
// the whole layout: anything that it omits returns to Agora's default. A recording in
// another mode has no layout, so no call is made. Agora's answer would look like a wrong
// endpoint or a missing recorder.
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
