// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

const (
	// defaultGiveUpAfter is how long the operator tries to record an event. Agora repeats
	// an unanswered notification for only one minute. A day is long enough to fix in the
	// morning what broke in the evening.
	defaultGiveUpAfter = 24 * time.Hour

	// shortestTry is the minimum time that a new leader tries to record events, because
	// the journal may already be old when it takes over.
	shortestTry = 10 * time.Minute

	// longestGiveUpInterval limits the time between two checks for overdue events.
	longestGiveUpInterval = time.Minute

	// actionRecord is the action of the Kubernetes events.
	actionRecord = "Record"
)

// messageGivenUp tells users what to do about notifications that could not be recorded.
const messageGivenUp = "What Agora notified could not be written into the status of this object for a day, and is given up." +
	" The operator's log holds it, with the names of files. Check admission webhooks and policies, the size of the object, and that the CRD is not older than the operator."

// errGivenUp is logged with each event that is given up.
var errGivenUp = errors.New("the status of its recording could not be written in time")

// lostEvents are the events of one recording that are given up.
type lostEvents struct {
	name   types.NamespacedName
	uid    types.UID
	events []notifications.Event
}

// giveUp drops events that could not be recorded for too long, while this process leads.
// Otherwise, a status that can never be written would keep the journal from ever being
// empty.
func (i *Inbox) giveUp(ctx context.Context) {
	select {
	case <-i.elected:
	case <-ctx.Done():
		return
	}
	leadingSince := i.options.Clock.Now()
	for {
		select {
		case <-i.options.Clock.After(min(longestGiveUpInterval, i.options.GiveUpAfter)):
		case <-ctx.Done():
			return
		}
		for _, lost := range i.overdue(leadingSince) {
			i.tellLost(lost)
		}
	}
}

// overdue drops and returns the events that could not be recorded for too long.
func (i *Inbox) overdue(leadingSince time.Time) []lostEvents {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.options.Clock.Now()
	tried := now.Add(-min(shortestTry, i.options.GiveUpAfter))
	isOverdue := func(pending pendingEvent) bool {
		batch := pending.batch
		return now.Sub(batch.created) >= i.options.GiveUpAfter && batch.readAt.Before(tried) && leadingSince.Before(tried)
	}
	var all []lostEvents
	for uid, box := range i.boxes {
		lost := lostEvents{name: box.name, uid: uid}
		for _, pending := range box.events {
			if isOverdue(pending) {
				lost.events = append(lost.events, pending.event)
			}
		}
		if len(lost.events) > 0 {
			all = append(all, lost)
			i.settle(uid, isOverdue)
		}
	}
	return all
}

// tellLost logs events that are given up. The log is the only place that keeps them.
func (i *Inbox) tellLost(lost lostEvents) {
	for _, event := range lost.events {
		i.options.Logger.Error(errGivenUp, "Gave up on a notification",
			"namespace", lost.name.Namespace, "name", lost.name.Name, "uid", lost.uid, "notification", event)
	}
	i.options.Metrics.givenUp.Add(float64(len(lost.events)))
	if i.options.Recorder == nil {
		return
	}
	recording := &v1alpha1.CloudRecording{}
	recording.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecording"))
	recording.Namespace, recording.Name, recording.UID = lost.name.Namespace, lost.name.Name, lost.uid
	i.options.Recorder.Eventf(recording, nil, corev1.EventTypeWarning, v1alpha1.NotificationGivenUpReason, actionRecord, messageGivenUp)
}
