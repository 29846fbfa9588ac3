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
	// readHeaderTimeout and readTimeout cut off whoever sends slowly. The second
	// is longer than a Receiver takes, since it ends the request.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second

	// writeTimeout cuts off whoever reads slowly.
	writeTimeout = 20 * time.Second

	// idleTimeout is longer than Agora asks for, and than a proxy between keeps
	// a connection by default.
	idleTimeout = 90 * time.Second

	// maxHeaderBytes is ample for the headers of a proxy.
	maxHeaderBytes = 16 << 10

	// maxConnections bounds what is held of bodies that are on their way.
	maxConnections = 1024

	// ShutdownTimeout is how long a Server takes to end at the longest: it
	// answers what is under way.
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

// Listen returns a Server that listens at an address, and serves once it is
// started: after the manager's cache is filled, since a recording that is not
// in it yet is taken for unknown.
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

// Address returns where the Server listens.
func (s *Server) Address() string { return s.server.Listener.Addr().String() }

// NeedLeaderElection says that every replica serves.
func (s *Server) NeedLeaderElection() bool { return false }

// Start serves until the context ends and what is under way is answered.
func (s *Server) Start(ctx context.Context) error {
	if err := s.server.Start(ctx); err != nil {
		return fmt.Errorf("serve notifications: %w", err)
	}
	return nil
}
