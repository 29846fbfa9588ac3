// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"context"
	"net/http"
)

// Query asks how a recording is. It never tells the state of the upload.
func (c *Client) Query(ctx context.Context, credentials Credentials, recording Recording) Answer {
	return c.do(ctx, credentials, recording, call{
		method: MethodQuery,
		verb:   http.MethodGet,
		path:   pathOf(recording, MethodQuery),
	})
}

// path holds the segments that every method for a started recording has.
func pathOf(r Recording, method Method) []string {
	return []string{"resourceid", r.ResourceID, "sid", r.SID, "mode", string(r.Mode), string(method)}
}
