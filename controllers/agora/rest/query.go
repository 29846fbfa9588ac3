// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"

	"cloudrecording.dev/operator/controllers/agora"
)

// Query requests the state of a recording. The answer never contains the state of the
// upload.
func (c *Client) Query(ctx context.Context, credentials agora.Credentials, recording agora.Recording) agora.Answer {
	return c.do(ctx, credentials, recording, call{
		method: agora.MethodQuery,
		verb:   http.MethodGet,
		path:   pathOf(recording, agora.MethodQuery),
	})
}
