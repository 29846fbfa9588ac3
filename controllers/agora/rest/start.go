// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"

	"cloudrecording.dev/operator/controllers/agora"
)

// Start begins a recording with the resource ID of the recording, which has no sid yet.
// The same request with the same resource ID does not begin a second recording. Success
// only means that Agora accepted the request. A wrong token or a wrong key for the bucket
// shows later: query never finds the recorder.
func (c *Client) Start(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer {
	return c.do(ctx, credentials, recording, call{
		method:  agora.MethodStart,
		verb:    http.MethodPost,
		path:    []string{"resourceid", recording.ResourceID, "mode", string(recording.Mode), string(agora.MethodStart)},
		body:    envelopeOf(recording, request),
		secrets: request.Secrets,
	})
}
