// SPDX-License-Identifier: Apache-2.0

package agora

// The HTTP statuses that matter. They are copied because net/http would link a client and
// a server into every package that reads an answer.
const (
	httpOK              = 200
	httpCreated         = 201
	httpBadRequest      = 400
	httpUnauthorized    = 401
	httpForbidden       = 403
	httpNotFound        = 404
	httpTooManyRequests = 429
	httpServerError     = 500
)
