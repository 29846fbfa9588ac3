// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"errors"
	"fmt"
)

// errNotRunning means that the control plane was stopped, or never started.
var errNotRunning = errors.New("the control plane does not run")

// StopAPIServer stops the API server only. etcd keeps the objects. Until StartAPIServer, only
// that method and Stop may be called.
func (c *ControlPlane) StopAPIServer() error {
	if c.environment == nil {
		return fmt.Errorf("stopping the API server: %w", errNotRunning)
	}
	if err := c.environment.ControlPlane.APIServer.Stop(); err != nil {
		return fmt.Errorf("stopping the API server: %w", err)
	}
	return nil
}

// StartAPIServer restarts the API server with the same address and certificates, so that
// existing clients work again. If the context ends first, the whole control plane ends.
func (c *ControlPlane) StartAPIServer(ctx context.Context) error {
	if c.environment == nil {
		return fmt.Errorf("starting the API server again: %w", errNotRunning)
	}
	// envtest's start takes no context.
	release := context.AfterFunc(ctx, func() { _ = c.guard.Release() })
	defer release()
	if err := c.environment.ControlPlane.APIServer.Start(); err != nil {
		return fmt.Errorf("starting the API server again: %w\nend of its log:\n%s", err, c.logs.Tail(apiServerBinary))
	}
	return nil
}
