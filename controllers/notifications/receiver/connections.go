// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// connections limits the number of open connections. A new connection replaces the one
// that has waited longest for its client. So a client that keeps connections open without
// sending cannot block others.
type connections struct {
	limit int

	mu   sync.Mutex
	held map[*connection]struct{}
	// freed is closed, and replaced, when a connection is closed or starts to wait for
	// its client.
	freed chan struct{}
}

func newConnections(limit int) *connections {
	return &connections{limit: limit, held: map[*connection]struct{}{}, freed: make(chan struct{})}
}

// connection is a connection that records whether it waits for its client.
type connection struct {
	net.Conn
	owner *connections

	// waitingSince is when it started to wait for a complete request. It is zero while a
	// request is being answered. The owner's lock guards it.
	waitingSince time.Time
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.owner.forget(c)
	return c.Conn.Close()
}

// listener accepts a limited number of connections.
type listener struct {
	net.Listener
	connections *connections
	closed      chan struct{}
	closing     sync.Once
}

func (c *connections) limitListener(next net.Listener) net.Listener {
	return &listener{Listener: next, connections: c, closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	for {
		held, freed := l.connections.hold(accepted)
		if held != nil {
			return held, nil
		}
		select {
		case <-freed:
		case <-l.closed:
			_ = accepted.Close()
			return nil, net.ErrClosed
		}
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.closing.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// hold adds a connection, and closes another one if there is no room. If none can be
// closed, it returns a channel that is closed when one may be.
func (c *connections) hold(accepted net.Conn) (*connection, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.held) >= c.limit {
		longest := c.longestWaiting()
		if longest == nil {
			return nil, c.freed
		}
		delete(c.held, longest)
		_ = longest.Conn.Close()
	}
	held := &connection{Conn: accepted, owner: c, waitingSince: time.Now()}
	c.held[held] = struct{}{}
	return held, nil
}

// longestWaiting returns the connection that has waited longest for its client, or nil if
// none waits. The caller holds the lock.
func (c *connections) longestWaiting() *connection {
	var longest *connection
	for held := range c.held {
		if !held.waitingSince.IsZero() && (longest == nil || held.waitingSince.Before(longest.waitingSince)) {
			longest = held
		}
	}
	return longest
}

func (c *connections) forget(gone *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.held[gone]; ok {
		delete(c.held, gone)
		c.tellFreed()
	}
}

// wait records that a connection waits for its client from now on, and work that it no
// longer does.
func (c *connections) wait(held *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held.waitingSince = time.Now()
	c.tellFreed()
}

func (c *connections) work(held *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held.waitingSince = time.Time{}
}

// tellFreed makes those who wait for room check again. The caller holds the lock.
func (c *connections) tellFreed() {
	close(c.freed)
	c.freed = make(chan struct{})
}

// noteState tracks a connection between its requests, as the ConnState of an http.Server.
func (c *connections) noteState(conn net.Conn, state http.ConnState) {
	if held, ok := conn.(*connection); ok && state == http.StateIdle {
		c.wait(held)
	}
}

// connectionKey is the key of a request's connection in its context.
type connectionKey struct{}

// withConnection is the ConnContext of an http.Server.
func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// follow makes a connection wait until the body of its request has arrived.
func (c *connections) follow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if held, ok := request.Context().Value(connectionKey{}).(*connection); ok {
			if request.ContentLength == 0 {
				c.work(held)
			}
			request.Body = &followedBody{ReadCloser: request.Body, arrived: func() { c.work(held) }}
		}
		next.ServeHTTP(w, request)
	})
}

// followedBody calls arrived at the end of the body.
type followedBody struct {
	io.ReadCloser
	arrived func()
}

// Read implements io.Reader.
func (b *followedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.arrived()
	}
	return n, err
}
