// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"cloudrecording.dev/operator/hack/agorasim/notify"
)

// notificationFault makes something go wrong with the next notifications, those of a
// recording or any.
type notificationFault struct {
	recording recordingPlan
	fault     notify.Fault
}

// notificationFault draws one.
func (p *planner) notificationFault(r recordingPlan) notificationFault {
	f := notificationFault{recording: r, fault: notify.Fault{
		Effect: one(p.random, []notify.Effect{
			notify.EffectLose, notify.EffectDuplicate, notify.EffectRedundant,
			notify.EffectDelay, notify.EffectReverse, notify.EffectWrongSignature,
			notify.EffectWithoutV2, notify.EffectUnsigned,
		}),
		Times: 2 + p.random.IntN(6),
	}}
	if f.fault.Effect == notify.EffectDelay {
		f.fault.Delay.Duration = between(p.random, 1, longestMove)
	}
	return f
}

// loseStart returns the fault that no notification says that a recording has begun.
func loseStart(r recordingPlan) notificationFault {
	return notificationFault{recording: r, fault: notify.Fault{
		EventTypes: []int{notify.EventRecorderStarted, notify.EventWebRecorderStarted},
		Effect:     notify.EffectLose,
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
		notify.EventError, notify.EventWarning, notify.EventStatusUpdate, notify.EventHighAvailability,
		notify.EventWebReload, notify.EventTranscoderCompleted, notify.EventRTMPPublishStatus,
		notify.EventPostponeTranscodeFinal,
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
