// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"net"
	"net/http"
	"time"
)

// connectionKey is the context key of the connection of a request.
type connectionKey struct{}

// keepConnection stores a connection in the context of its requests.
func keepConnection(ctx context.Context, connection net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, connection)
}

// arrivalOf returns when the current request arrived. On a busy machine, that may be long
// before this process gets to run.
func arrivalOf(r *http.Request) time.Time {
	now := time.Now()
	connection, ok := r.Context().Value(connectionKey{}).(net.Conn)
	if !ok {
		return now
	}
	return now.Add(-sinceReceived(connection))
}
