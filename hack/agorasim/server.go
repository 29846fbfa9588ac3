// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

const readHeaderTimeout = 10 * time.Second

// Server is the HTTP server of a simulator.
type Server struct {
	// URL is the address that it listens on.
	URL string

	server *http.Server
	cancel context.CancelFunc // of the requests in progress
	ended  chan struct{}
}

// Listen serves Agora's API at an address such as 127.0.0.1:0.
func (s *Simulator) Listen(address string) (*Server, error) {
	return Listen(address, s)
}

// Listen serves a handler, such as the admin interface's, at an address.
func Listen(address string, handler http.Handler) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the simulator: %w", err)
	}
	// Requests are canceled with the server. Otherwise, a hanging request would outlive
	// it.
	ctx, cancel := context.WithCancel(context.Background())
	server := &Server{
		URL: "http://" + listener.Addr().String(),
		server: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: readHeaderTimeout,
			BaseContext:       func(net.Listener) context.Context { return ctx },
			// Dropped connections are intended.
			ErrorLog: log.New(io.Discard, "", 0),
		},
		cancel: cancel, ended: make(chan struct{}),
	}
	go func() {
		defer close(server.ended)
		// Serve returns an error when the server is closed, which is expected.
		_ = server.server.Serve(listener)
	}()
	return server, nil
}

// Close ends the server and the requests in progress.
func (s *Server) Close() error {
	s.cancel()
	err := s.server.Close()
	<-s.ended
	if err != nil {
		return fmt.Errorf("close the simulator: %w", err)
	}
	return nil
}
