// SPDX-License-Identifier: Apache-2.0

// Package health answers the probes of a process for as long as it lives.
//
// The manager's own probes end with the manager. A process that has lost its lease
// goes on until Agora's last answers are written, and must not be killed meanwhile.
package health

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// requestTimeout bounds the reading of a probe.
	requestTimeout = 5 * time.Second

	// idleTimeout bounds how long a connection waits for the next probe.
	idleTimeout = time.Minute
)

// Server answers /healthz with 200 as long as the process lives, and /readyz with 200
// while it is ready and with 503 otherwise.
type Server struct {
	ready  atomic.Bool
	server *http.Server
	// address is where it listens; empty if it does not.
	address string
	ended   chan error
}

// Listen starts a server at an address; "0" and an empty one start none.
func Listen(ctx context.Context, address string) (*Server, error) {
	s := &Server{ended: make(chan error, 1)}
	if address == "" || address == "0" {
		s.ended <- http.ErrServerClosed
		return s, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for health probes: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, true) })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.ready.Load()) })
	s.address = listener.Addr().String()
	s.server = &http.Server{
		Handler: mux, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 1 << 14,
	}
	go func() { s.ended <- s.server.Serve(listener) }()
	return s, nil
}

func answer(w http.ResponseWriter, ok bool) {
	if !ok {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	// A probe that has gone cannot be told anything.
	_, _ = w.Write([]byte("ok"))
}

// Address is where the server listens; empty if it does not.
func (s *Server) Address() string { return s.address }

// SetReady says whether the process is ready.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

// Close ends the server, and returns why it ended before, if it did.
func (s *Server) Close() error {
	if s.server != nil {
		// What a probe is told now is of no account.
		_ = s.server.Close()
	}
	if err := <-s.ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve health probes: %w", err)
	}
	return nil
}
