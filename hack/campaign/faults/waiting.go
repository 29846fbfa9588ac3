// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"time"
)

// Sleep returns after a while, or when the context ends.
func Sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// Until looks again and again, until something holds or the time is over. It says whether
// it holds.
func Until(ctx context.Context, limit, interval time.Duration, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !holds() {
		if ctx.Err() != nil {
			return false
		}
		Sleep(ctx, interval)
	}
	return true
}
