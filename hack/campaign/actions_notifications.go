// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"cloudrecording.dev/operator/hack/agorasim"
)

// notificationFault makes something go wrong with the next notifications, those of a
// recording or any.
type notificationFault struct {
	recording recordingPlan
	fault     agorasim.NotificationFault
}

// notificationFault draws one.
func (p *planner) notificationFault(r recordingPlan) notificationFault {
	f := notificationFault{recording: r, fault: agorasim.NotificationFault{
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

// loseStart returns the fault that no notification says that a recording has begun.
func loseStart(r recordingPlan) notificationFault {
	return notificationFault{recording: r, fault: agorasim.NotificationFault{
		EventTypes: []int{agorasim.EventRecorderStarted, agorasim.EventWebRecorderStarted},
		Effect:     agorasim.NotificationLose,
	}}
}

func (f notificationFault) kind() string {
	if len(f.fault.EventTypes) > 0 {
		return "notification: lose, of a start"
	}
	return "notification: " + string(f.fault.Effect)
}

func (f notificationFault) do(_ context.Context, e *environment) error {
	fault := f.fault
	fault.AppID, fault.CName = f.recording.options.AppID, f.recording.options.CName
	return e.addNotificationFault(f.kind(), fault)
}

// sendNotification sends an event that nothing led to.
type sendNotification struct {
	recording recordingPlan
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

func (sendNotification) kind() string { return "notification: out of the blue" }

func (a sendNotification) do(_ context.Context, e *environment) error {
	recording, ok := e.recordingOf(a.recording)
	if !ok {
		return nil
	}
	_, err := e.agora.SendNotification(recording.SID, a.eventType, nil)
	return err
}
