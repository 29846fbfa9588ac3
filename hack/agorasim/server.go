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

// Server serves a simulator.
type Server struct {
	// URL is where it listens.
	URL string

	server *http.Server
	cancel context.CancelFunc // of the requests under way
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
	// A request ends with the server, or a hanging one would outlive it.
	ctx, cancel := context.WithCancel(context.Background())
	server := &Server{
		URL: "http://" + listener.Addr().String(),
		server: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: readHeaderTimeout,
			BaseContext:       func(net.Listener) context.Context { return ctx },
			// Dropped connections are what the simulator is for.
			ErrorLog: log.New(io.Discard, "", 0),
		},
		cancel: cancel, ended: make(chan struct{}),
	}
	go func() {
		defer close(server.ended)
		// It returns when the server is closed, which is no error.
		_ = server.server.Serve(listener)
	}()
	return server, nil
}

// Close ends the server and the requests under way.
func (s *Server) Close() error {
	s.cancel()
	err := s.server.Close()
	<-s.ended
	if err != nil {
		return fmt.Errorf("close the simulator: %w", err)
	}
	return nil
}
