// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

// inTime does what has a lesson be stopped, and notes until when that is to be asked
// of Agora. It is for times in which nothing else disturbs.
type inTime struct {
	lesson lesson
	action action
	within time.Duration
	// despite is what must not hold it up, in words.
	despite string
}

func (a inTime) kind() string { return a.action.kind() + ", " + a.despite }

func (a inTime) do(ctx context.Context, s *stage) error {
	recording, begun := s.recordingOf(a.lesson)
	if err := a.action.do(ctx, s); err != nil {
		return err
	}
	if begun {
		s.deadlines.add(deadline{
			object: a.lesson.object(), sid: recording.SID, wanted: time.Now(), within: a.within, despite: a.despite,
		})
	}
	return nil
}
