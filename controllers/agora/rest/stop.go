// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"

	"cloudrecording.dev/operator/controllers/agora"
)

// stopRequest is the clientRequest of stop. Agora requires the object. The default of
// async_stop is false, but sending it leaves no doubt.
type stopRequest struct {
	AsyncStop bool `json:"async_stop"`
}

// Stop ends a recording. With async, Agora answers before the files are uploaded and
// reports nothing about them.
func (c *Client) Stop(ctx context.Context, credentials agora.Credentials, recording agora.Recording, async bool) agora.Answer {
	return c.do(ctx, credentials, recording, call{
		method: agora.MethodStop,
		verb:   http.MethodPost,
		path:   pathOf(recording, agora.MethodStop),
		body: envelope{
			CName:         recording.CName,
			UID:           recording.UID,
			ClientRequest: stopRequest{AsyncStop: async},
		},
	})
}
