// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"cloudrecording.dev/operator/hack/agorasim"
)

// noticeFault makes something go wrong with the next notifications, those of a
// lesson or any.
type noticeFault struct {
	lesson lesson
	fault  agorasim.NotificationFault
}

// noticeFault draws one.
func (p *planner) noticeFault(l lesson) noticeFault {
	f := noticeFault{lesson: l, fault: agorasim.NotificationFault{
		Effect: one(p.random, []agorasim.NotificationEffect{
			agorasim.NotificationLose, agorasim.NotificationDuplicate, agorasim.NotificationRedundant,
			agorasim.NotificationDelay, agorasim.NotificationReverse, agorasim.NotificationWrongSignature,
			agorasim.NotificationWithoutV2, agorasim.NotificationUnsigned,
		}),
		Times: 2 + p.random.IntN(6),
	}}
	if f.fault.Effect == agorasim.NotificationDelay {
		f.fault.Delay.Duration = between(p.random, 1, longestMove)
	}
	return f
}

// loseStart returns the fault that no notification says that a lesson has begun.
func loseStart(l lesson) noticeFault {
	return noticeFault{lesson: l, fault: agorasim.NotificationFault{
		EventTypes: []int{agorasim.EventRecorderStarted, agorasim.EventWebRecorderStarted},
		Effect:     agorasim.NotificationLose,
	}}
}

func (f noticeFault) kind() string {
	if len(f.fault.EventTypes) > 0 {
		return "notification: lose, of a start"
	}
	return "notification: " + string(f.fault.Effect)
}

func (f noticeFault) do(_ context.Context, s *stage) error {
	fault := f.fault
	fault.AppID, fault.CName = f.lesson.options.AppID, f.lesson.options.CName
	return s.addNoticeFault(f.kind(), fault)
}

// sendNotice sends an event that nothing led to.
type sendNotice struct {
	lesson    lesson
	eventType int
}

// strayEvents are such as say nothing that is not so.
func strayEvents() []int {
	return []int{
		agorasim.EventError, agorasim.EventWarning, agorasim.EventStatusUpdate, agorasim.EventHighAvailability,
		agorasim.EventWebReload, agorasim.EventTranscoderCompleted, agorasim.EventRTMPPublishStatus,
		agorasim.EventPostponeTranscodeFinal,
	}
}

func (sendNotice) kind() string { return "notification: out of the blue" }

func (a sendNotice) do(_ context.Context, s *stage) error {
	recording, ok := s.recordingOf(a.lesson)
	if !ok {
		return nil
	}
	_, err := s.agora.SendNotification(recording.SID, a.eventType, nil)
	return err
}
