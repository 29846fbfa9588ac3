// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

// sleep returns after a while, or when the context ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// until looks again and again, until something holds or the time is over. It says whether
// it holds.
func until(ctx context.Context, limit, interval time.Duration, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !holds() {
		if ctx.Err() != nil {
			return false
		}
		sleep(ctx, interval)
	}
	return true
}
