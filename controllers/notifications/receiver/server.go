// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

const (
	// readHeaderTimeout and readTimeout disconnect slow senders. readTimeout ends the
	// request, so it is longer than a Receiver takes.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second

	// writeTimeout disconnects slow readers.
	writeTimeout = 20 * time.Second

	// idleTimeout is longer than Agora asks for, and longer than an intermediate proxy
	// keeps a connection by default.
	idleTimeout = 90 * time.Second

	// maxHeaderBytes is enough for the headers that a proxy adds.
	maxHeaderBytes = 16 << 10

	// maxConnections limits the memory for bodies that are still arriving.
	maxConnections = 1024

	// ShutdownTimeout is the longest time that a Server takes to stop. It first answers
	// the requests in progress.
	ShutdownTimeout = 12 * time.Second
)

// Server serves a Receiver on every replica.
type Server struct {
	server manager.Server
}

var (
	_ manager.Runnable               = (*Server)(nil)
	_ manager.LeaderElectionRunnable = (*Server)(nil)
)

// Listen returns a Server that listens at an address and starts to serve when it is
// started. That is after the manager's cache is filled, because a recording that is not
// in the cache yet would be taken for unknown.
func Listen(ctx context.Context, address string, handler http.Handler, logger logr.Logger) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for notifications: %w", err)
	}
	held := newConnections(maxConnections)
	return &Server{server: manager.Server{
		Name: "notifications",
		Server: &http.Server{
			Handler:           held.follow(handler),
			ConnState:         held.noteState,
			ConnContext:       withConnection,
			ReadHeaderTimeout: readHeaderTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          slog.NewLogLogger(logr.ToSlogHandler(logger), slog.LevelError),
		},
		Listener:        held.limitListener(listener),
		ShutdownTimeout: ptr.To(ShutdownTimeout),
	}}, nil
}

// Address returns the address that the Server listens on.
func (s *Server) Address() string { return s.server.Listener.Addr().String() }

// NeedLeaderElection returns false because every replica serves.
func (s *Server) NeedLeaderElection() bool { return false }

// Start serves until the context ends and all requests in progress are answered.
func (s *Server) Start(ctx context.Context) error {
	if err := s.server.Start(ctx); err != nil {
		return fmt.Errorf("serve notifications: %w", err)
	}
	return nil
}
