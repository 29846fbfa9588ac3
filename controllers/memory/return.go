// SPDX-License-Identifier: Apache-2.0

package memory

import (
	"context"
	"runtime/debug"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// returnInterval is how often memory that is not in use goes back to the operating
// system. A start leaves twice of what a large cache needs, and Go's runtime keeps that
// for long. It takes some hundredths of a second.
const returnInterval = time.Minute

// Returner gives memory that is not in use back to the operating system again and again.
type Returner struct {
	// Clock tells the time.
	Clock clock.WithTicker

	// free gives memory back. Defaults to that of Go's runtime.
	free func()
}

var (
	_ manager.Runnable               = Returner{}
	_ manager.LeaderElectionRunnable = Returner{}
)

// NeedLeaderElection says that a replica that waits to lead holds a cache, too.
func (Returner) NeedLeaderElection() bool { return false }

// Start gives memory back until the context ends.
func (r Returner) Start(ctx context.Context) error {
	if r.free == nil {
		r.free = debug.FreeOSMemory
	}
	ticker := r.Clock.NewTicker(returnInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
			r.free()
		}
	}
}
