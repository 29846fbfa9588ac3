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

// connections bounds how many connections are held. A new one takes the place of
// the one whose client has kept it waiting for longest: whoever holds connections
// and sends nothing must not keep others from sending.
type connections struct {
	limit int

	mu   sync.Mutex
	held map[*connection]struct{}
	// freed is closed, and replaced, when a connection is closed or begins to wait
	// for its client.
	freed chan struct{}
}

func newConnections(limit int) *connections {
	return &connections{limit: limit, held: map[*connection]struct{}{}, freed: make(chan struct{})}
}

// connection is a connection that knows whether it waits for its client.
type connection struct {
	net.Conn
	owner *connections

	// waitingSince is since when it has waited for a whole request; zero while one
	// is answered. The owner's lock guards it.
	waitingSince time.Time
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.owner.forget(c)
	return c.Conn.Close()
}

// listener accepts connections within a bound.
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

// hold takes a connection in, in the place of another if there is no room. While
// there is none to be had, it returns what is closed when there may be.
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

// longestWaiting returns the connection that has waited for its client for longest;
// nil if none waits. The caller holds the lock.
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

// wait notes that a connection waits for its client from now on, and work that it
// does not.
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

// tellFreed has whoever waits for room look again. The caller holds the lock.
func (c *connections) tellFreed() {
	close(c.freed)
	c.freed = make(chan struct{})
}

// noteState follows a connection between its requests, as an http.Server tells.
func (c *connections) noteState(conn net.Conn, state http.ConnState) {
	if held, ok := conn.(*connection); ok && state == http.StateIdle {
		c.wait(held)
	}
}

// connectionKey is the key of a request's connection in its context.
type connectionKey struct{}

// withConnection is an http.Server's ConnContext.
func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// follow has a connection wait until the body of its request is there.
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

// followedBody tells when a body has arrived.
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
