// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

const (
	// settleTimeout is more than an object may take once nothing disturbs: the
	// longest pause between two tries to stop, and the wait for evidence; or until
	// a start whose recorder does not come up counts as failed.
	settleTimeout = 2*time.Minute + confirmTimeout
	// mendTimeout is more than it may take once a person has acted.
	mendTimeout = 40 * time.Second
	// mendRounds is how often a person acts: what ended must be accepted first,
	// and its upload then.
	mendRounds = 4
	// journalTimeout is more than it may take to record what was accepted.
	journalTimeout = 10 * time.Second
	settleInterval = 500 * time.Millisecond
)

// settle waits until nothing is at work any more, nor waits for a person as it
// did before, and returns how the objects are then, or when the time is over.
func (e *environment) settle(ctx context.Context, limit time.Duration, before []standing) ([]standing, error) {
	waiting := newWorkTimeout(limit, time.Now())
	for {
		standings, busy, err := e.look(ctx)
		if err != nil {
			return nil, err
		}
		if !waiting.isLeft(append(busy, unmoved(before, standings)...), time.Now()) || ctx.Err() != nil {
			return standings, nil
		}
		sleep(ctx, settleInterval)
	}
}

// unmoved returns the objects that wait for a person as they did before.
func unmoved(before, after []standing) (objects []object) {
	reasons := map[object]string{}
	for _, s := range before {
		if s.state == asksPerson {
			reasons[s.object] = s.reason
		}
	}
	for _, s := range after {
		if reason, waited := reasons[s.object]; waited && s.state == asksPerson && s.reason == reason {
			objects = append(objects, s.object)
		}
	}
	return objects
}

// look returns how the objects are, and which are at work, or do not know yet
// what there is to know.
func (e *environment) look(ctx context.Context) (standings []standing, busy []object, err error) {
	ctx = context.WithoutCancel(ctx)
	list := &v1alpha1.CloudRecordingList{}
	if err := e.Client.List(ctx, list); err != nil {
		return nil, nil, fmt.Errorf("list the recordings: %w", err)
	}
	for i := range list.Items {
		recording := &list.Items[i]
		standing := standingOf(recording)
		simulated, _ := e.agora.Recording(sidOf(recording))
		if standing.reason == v1alpha1.RecordingReason && !simulated.Running {
			// It has not been polled since.
			standing.state = atWork
		}
		if isNobodys(recording) {
			standing.state = asWanted
		}
		if standing.state == atWork {
			busy = append(busy, standing.object)
		}
		standings = append(standings, standing)
	}
	return standings, busy, nil
}

// isNobodys says whether an object has left every shard before anything was begun for
// it: whoever watched it has nothing to look after. One that is being deleted has.
func isNobodys(recording *v1alpha1.CloudRecording) bool {
	return recording.Labels[shardLabel] == string(shardNone) && recording.DeletionTimestamp.IsZero() &&
		sidOf(recording) == "" && recording.Status.StartRequestedTime == nil
}

// awaitJournal has Agora notify no more, waits until what was accepted is
// recorded, and returns how many ConfigMaps with notifications are left.
func (e *environment) awaitJournal(ctx context.Context) (int, error) {
	if err := e.agora.SetNotifications(notify.Settings{}); err != nil {
		return 0, err
	}
	journal := &metav1.PartialObjectMetadataList{}
	journal.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMapList"))
	var err error
	until(ctx, journalTimeout, settleInterval, func() bool {
		err = e.Client.List(context.WithoutCancel(ctx), journal, client.HasLabels{v1alpha1.NotificationsLabel})
		return err != nil || len(journal.Items) == 0
	})
	if err != nil {
		return 0, fmt.Errorf("list the notifications that are not recorded: %w", err)
	}
	return len(journal.Items), nil
}

// mend does what the objects ask a person to do, and notes what that was.
func (e *environment) mend(ctx context.Context, p plan, standings []standing, mended map[object][]string) error {
	byObject := map[object]recordingPlan{}
	for _, l := range p.all() {
		byObject[l.object()] = l
	}
	for _, standing := range standings {
		if standing.state != asksPerson {
			continue
		}
		did, err := e.mendOne(ctx, byObject[standing.object], standing.reason)
		if err != nil {
			return fmt.Errorf("mend %s: %w", standing.object, err)
		}
		mended[standing.object] = append(mended[standing.object], did)
	}
	return nil
}

func (e *environment) mendOne(ctx context.Context, r recordingPlan, reason string) (string, error) {
	recording, _ := e.recordingOf(r)
	switch reason {
	case v1alpha1.RecordingEndedReason, v1alpha1.StartFailedReason:
		return "accepted the end", stopRecording(r).do(ctx, e)
	case v1alpha1.SIDUnknownReason:
		if err := e.emptyAtOnce(recording); err != nil {
			return "", err
		}
		return "emptied the channel, and let go of the recording", e.letGo(ctx, r)
	case v1alpha1.TaskConflictReason:
		if err := e.emptyAtOnce(recording); err != nil {
			return "", err
		}
		return "emptied the channel, and had the operator look at once", e.patch(ctx, r, reconcileAt())
	case v1alpha1.ResourceExpiredReason:
		if r.outcome != outcomeExpire {
			break
		}
		return "let go of the recording", e.letGo(ctx, r)
	case v1alpha1.UploadNotConfirmedReason:
		// What the bucket lacks, no word of Agora's makes up for, and after a move
		// it is not one recorder alone that says so.
		if r.index%2 == 0 && recording.Failovers == 0 && !r.stored && !accountOf(r.place.account).silent {
			_, err := e.agora.SendNotification(recording.SID, notify.EventUploaded, notify.Details{"status": 0})
			return "had Agora notify the upload", err
		}
		return "deleted the object", deleteRecording{r}.do(ctx, e)
	}
	if err := resumeRecording(r).do(ctx, e); err != nil {
		return "", err
	}
	return "resumed it, and had the operator look at once", e.patch(ctx, r, reconcileAt())
}

// letGo deletes an object, whatever becomes of its recording.
func (e *environment) letGo(ctx context.Context, r recordingPlan) error {
	if err := orphanRecording(r).do(ctx, e); err != nil {
		return err
	}
	return deleteRecording{r}.do(ctx, e)
}

// emptyAtOnce has a recording end as an empty channel does.
func (e *environment) emptyAtOnce(recording agorasim.Recording) error {
	if !recording.Running {
		return nil
	}
	return e.agora.IdleOut(recording.SID)
}
