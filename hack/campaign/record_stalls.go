// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

const (
	stallInterval = 2 * time.Millisecond
	// shortestStall is longer than a timer is usually late.
	shortestStall = 3 * time.Millisecond
)

// stalls notes when this process did not get to run, as happens on a busy machine.
type stalls struct{ log[span] }

// watch notes stalls until the context ends.
func (s *stalls) watch(ctx context.Context) {
	ticker := time.NewTicker(stallInterval)
	go func() {
		defer ticker.Stop()
		last := time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			now := time.Now()
			if now.Sub(last)-stallInterval >= shortestStall {
				s.add(span{last, now})
			}
			last = now
		}
	}()
}
