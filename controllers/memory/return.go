// SPDX-License-Identifier: Apache-2.0

package memory

import (
	"context"
	"runtime/debug"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// returnInterval is how often unused memory is returned to the operating system. Filling a
// large cache at the start takes twice the memory that the cache needs, and Go's runtime
// keeps that for a long time. Returning it takes a few hundredths of a second.
const returnInterval = time.Minute

// Returner regularly returns unused memory to the operating system.
type Returner struct {
	// Clock tells the time.
	Clock clock.WithTicker

	// free returns unused memory. Defaults to debug.FreeOSMemory.
	free func()
}

var (
	_ manager.Runnable               = Returner{}
	_ manager.LeaderElectionRunnable = Returner{}
)

// NeedLeaderElection returns false: a replica that waits to lead holds a cache, too.
func (Returner) NeedLeaderElection() bool { return false }

// Start returns unused memory until the context ends.
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
