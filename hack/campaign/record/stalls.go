// SPDX-License-Identifier: Apache-2.0

package record

import (
	"context"
	"time"
)

const (
	stallInterval = 2 * time.Millisecond
	// shortestStall is longer than the usual delay of a timer.
	shortestStall = 3 * time.Millisecond
)

// Stalls records when this process did not get to run, as happens on a busy machine.
type Stalls struct{ Log[Span] }

// Watch records stalls until the context ends.
func (s *Stalls) Watch(ctx context.Context) {
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
				s.Add(Span{last, now})
			}
			last = now
		}
	}()
}
