// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"context"
	"net/http"
)

// Start begins a recording with the resource ID of the recording, which has no
// sid yet. Repeated with the same resource ID and the same request, it begins no
// second one. That it succeeded means only that Agora accepted it: a wrong token
// or a wrong key for the bucket shows later, by a recorder that query never finds.
func (c *Client) Start(ctx context.Context, credentials Credentials, recording Recording, request ClientRequest) Answer {
	return c.do(ctx, credentials, recording, call{
		method:  MethodStart,
		verb:    http.MethodPost,
		path:    []string{"resourceid", recording.ResourceID, "mode", string(recording.Mode), string(MethodStart)},
		body:    envelopeOf(recording, request),
		secrets: request.Secrets,
	})
}
