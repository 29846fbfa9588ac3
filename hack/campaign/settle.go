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
)

const (
	// settlePatience is more than an object may take once nothing disturbs: the
	// longest pause between two tries to stop, and the wait for evidence; or until
	// a start whose recorder does not come up counts as failed.
	settlePatience = 2*time.Minute + confirmTimeout
	// mendPatience is more than it may take once a person has acted.
	mendPatience = 40 * time.Second
	// mendRounds is how often a person acts: what ended must be accepted first,
	// and its upload then.
	mendRounds = 4
	// journalPatience is more than it may take to record what was accepted.
	journalPatience = 10 * time.Second
	settleInterval  = 500 * time.Millisecond
)

// settle waits until nothing is at work any more, nor waits for a person as it
// did before, and returns how the objects are then, or at the end of the patience.
func (s *stage) settle(ctx context.Context, limit time.Duration, before []standing) ([]standing, error) {
	waiting := newPatience(limit, time.Now())
	for {
		standings, busy, err := s.look(ctx)
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
func (s *stage) look(ctx context.Context) (standings []standing, busy []object, err error) {
	ctx = context.WithoutCancel(ctx)
	list := &v1alpha1.CloudRecordingList{}
	if err := s.client.List(ctx, list); err != nil {
		return nil, nil, fmt.Errorf("list the recordings: %w", err)
	}
	for i := range list.Items {
		recording := &list.Items[i]
		standing := standingOf(recording)
		simulated, _ := s.agora.Recording(sidOf(recording))
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
func (s *stage) awaitJournal(ctx context.Context) (int, error) {
	if err := s.agora.SetNotifications(agorasim.Notifications{}); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, journalPatience)
	defer cancel()
	for {
		journal := &metav1.PartialObjectMetadataList{}
		journal.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMapList"))
		if err := s.client.List(context.WithoutCancel(ctx), journal, client.HasLabels{v1alpha1.NotificationsLabel}); err != nil {
			return 0, fmt.Errorf("list the notifications that are not recorded: %w", err)
		}
		if len(journal.Items) == 0 || ctx.Err() != nil {
			return len(journal.Items), nil
		}
		sleep(ctx, settleInterval)
	}
}

// mend does what the objects ask a person to do, and notes what that was.
func (s *stage) mend(ctx context.Context, p plan, standings []standing, mended map[object][]string) error {
	byObject := map[object]lesson{}
	for _, l := range p.all() {
		byObject[l.object()] = l
	}
	for _, standing := range standings {
		if standing.state != asksPerson {
			continue
		}
		did, err := s.mendOne(ctx, byObject[standing.object], standing.reason)
		if err != nil {
			return fmt.Errorf("mend %s: %w", standing.object, err)
		}
		mended[standing.object] = append(mended[standing.object], did)
	}
	return nil
}

func (s *stage) mendOne(ctx context.Context, l lesson, reason string) (string, error) {
	recording, _ := s.recordingOf(l)
	switch reason {
	case v1alpha1.RecordingEndedReason, v1alpha1.StartFailedReason:
		return "accepted the end", stopLesson{l}.do(ctx, s)
	case v1alpha1.SIDUnknownReason:
		if err := s.emptyAtOnce(recording); err != nil {
			return "", err
		}
		return "emptied the channel, and let go of the recording", s.letGo(ctx, l)
	case v1alpha1.TaskConflictReason:
		if err := s.emptyAtOnce(recording); err != nil {
			return "", err
		}
		return "emptied the channel, and had the operator look at once", s.patch(ctx, l, reconcileAt())
	case v1alpha1.ResourceExpiredReason:
		if l.fate != fateExpire {
			break
		}
		return "let go of the recording", s.letGo(ctx, l)
	case v1alpha1.UploadNotConfirmedReason:
		// What the bucket lacks, no word of Agora's makes up for, and after a move
		// it is not one recorder alone that says so.
		if l.index%2 == 0 && recording.Failovers == 0 && !l.stored && !accountOf(l.place.account).silent {
			_, err := s.agora.SendNotification(recording.SID, agorasim.EventUploaded, agorasim.Details{"status": 0})
			return "had Agora notify the upload", err
		}
		return "deleted the object", deleteLesson{l}.do(ctx, s)
	}
	if err := (suspendLesson{l, false}).do(ctx, s); err != nil {
		return "", err
	}
	return "resumed it, and had the operator look at once", s.patch(ctx, l, reconcileAt())
}

// letGo deletes an object, whatever becomes of its recording.
func (s *stage) letGo(ctx context.Context, l lesson) error {
	if err := (orphanLesson{l}).do(ctx, s); err != nil {
		return err
	}
	return deleteLesson{l}.do(ctx, s)
}

// emptyAtOnce has a recording end as an empty channel does.
func (s *stage) emptyAtOnce(recording agorasim.Recording) error {
	if !recording.Running {
		return nil
	}
	return s.agora.IdleOut(recording.SID)
}
