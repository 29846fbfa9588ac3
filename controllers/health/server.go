// SPDX-License-Identifier: Apache-2.0

// Package health answers the probes of a process until the process exits.
//
// The manager's own probes end with the manager. After it loses its lease, the process
// keeps running until Agora's last answers are recorded, and it must not be killed in the
// meantime.
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
	// requestTimeout limits the reading of a probe request.
	requestTimeout = 5 * time.Second

	// idleTimeout limits how long a connection waits for the next probe.
	idleTimeout = time.Minute
)

// Server answers /healthz with 200 while the process is running. It answers /readyz with
// 200 while the process is ready, and with 503 otherwise.
type Server struct {
	ready  atomic.Bool
	server *http.Server
	// address is the address that the server listens on. It is empty if there is none.
	address string
	ended   chan error
}

// Listen starts a server at an address. The addresses "0" and "" start none.
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
	// If the prober is gone, nobody reads the answer.
	_, _ = w.Write([]byte("ok"))
}

// Address returns the address that the server listens on. It is empty if there is none.
func (s *Server) Address() string { return s.address }

// SetReady sets whether the process is ready.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

// Close stops the server. If the server had failed before, it returns the error.
func (s *Server) Close() error {
	if s.server != nil {
		// The answers to probes no longer matter.
		_ = s.server.Close()
	}
	if err := <-s.ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve health probes: %w", err)
	}
	return nil
}
