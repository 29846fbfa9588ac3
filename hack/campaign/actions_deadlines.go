// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

// inTime does what has a recording be stopped, and notes until when that is to be asked
// of Agora. It is for times in which nothing else disturbs.
type inTime struct {
	recording recordingPlan
	action    action
	within    time.Duration
	// despite is what must not hold it up, in words.
	despite string
}

func (a inTime) kind() string { return a.action.kind() + ", " + a.despite }

func (a inTime) do(ctx context.Context, e *environment) error {
	recording, begun := e.recordingOf(a.recording)
	if err := a.action.do(ctx, e); err != nil {
		return err
	}
	if begun {
		e.deadlines.add(deadline{
			object: a.recording.object(), sid: recording.SID, wanted: time.Now(), within: a.within, despite: a.despite,
		})
	}
	return nil
}
