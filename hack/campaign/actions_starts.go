// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

// onceBegun does something a while after a lesson's recording has begun.
type onceBegun struct {
	lesson lesson
	after  time.Duration
	action action
}

func (a onceBegun) kind() string { return a.action.kind() + ", once it was started" }

func (a onceBegun) do(ctx context.Context, s *stage) error {
	waiting, cancel := context.WithTimeout(ctx, beginPatience)
	defer cancel()
	for waiting.Err() == nil {
		if _, begun := s.recordingOf(a.lesson); begun {
			break
		}
		sleep(waiting, userRetry)
	}
	sleep(ctx, a.after)
	return a.action.do(context.WithoutCancel(ctx), s)
}

// beginPatience is how long a user waits until a recording begins.
const beginPatience = 4 * time.Minute
