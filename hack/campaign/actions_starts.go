// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

// onceBegun does something a while after a recording has begun.
type onceBegun struct {
	recording recordingPlan
	after     time.Duration
	action    action
}

func (a onceBegun) kind() string { return a.action.kind() + ", once it was started" }

func (a onceBegun) do(ctx context.Context, e *environment) error {
	until(ctx, beginTimeout, userRetry, func() bool {
		_, begun := e.recordingOf(a.recording)
		return begun
	})
	sleep(ctx, a.after)
	return a.action.do(context.WithoutCancel(ctx), e)
}

// beginTimeout is how long a user waits until a recording begins.
const beginTimeout = 4 * time.Minute
