// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/campaign/faults"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

const (
	// settleTimeout exceeds the time that an object may need once all disturbances have ended:
	// the longest pause between two attempts to stop plus the wait for evidence, or the time
	// until a start without a recorder counts as failed.
	settleTimeout = 2*time.Minute + plan.ConfirmTimeout
	// mendTimeout exceeds the time that an object may need after a person has acted.
	mendTimeout = 40 * time.Second
	// mendRounds is how often a person acts. For example, a person accepts the end of a
	// recording first, and its missing upload after that.
	mendRounds = 4
	// journalTimeout exceeds the time to record accepted notifications.
	journalTimeout = 10 * time.Second
	settleInterval = 500 * time.Millisecond
)

// conclude waits until all is quiet, does what the objects ask for, and waits again.
func (r *running) conclude(ctx context.Context) (err error) {
	begin := time.Now()
	r.Say("nothing disturbs any more: waiting until all is quiet")
	if r.seen.Settled, err = r.settle(ctx, settleTimeout, nil); err != nil {
		return err
	}
	r.seen.Quiet = record.Snapshot{At: time.Now(), Recordings: r.Agora.Recordings()}
	r.Say("quiet after %s: doing what objects ask for", time.Since(begin).Round(time.Second))
	r.seen.Final = r.seen.Settled
	isUnwanted := func(s record.Standing) bool { return s.State != record.AsWanted }
	for round := 0; round < mendRounds && slices.ContainsFunc(r.seen.Final, isUnwanted); round++ {
		if err := r.mend(ctx, r.seen.Final); err != nil {
			return err
		}
		if r.seen.Final, err = r.settle(ctx, mendTimeout, r.seen.Final); err != nil {
			return err
		}
	}
	r.seen.NamespaceLeft = r.AwaitNamespace(ctx, plan.NamespaceGone, mendTimeout)
	if r.seen.JournalLeft, err = r.awaitJournal(ctx); err != nil {
		return err
	}
	r.Say("ended after %s", time.Since(begin).Round(time.Second))
	return ctx.Err()
}

// settle waits until no object is at work, and none still waits for a person for the same
// reason as before. It returns the state of the objects then, or when the time is over.
func (r *running) settle(ctx context.Context, limit time.Duration, before []record.Standing) ([]record.Standing, error) {
	waiting := newWorkTimeout(limit, time.Now())
	for {
		standings, err := r.look(ctx)
		if err != nil {
			return nil, err
		}
		var busy []plan.Object
		for _, s := range standings {
			isUnmoved := s.State == record.AsksPerson && slices.ContainsFunc(before, func(b record.Standing) bool {
				return b.Object == s.Object && b.State == record.AsksPerson && b.Reason == s.Reason
			})
			if s.State == record.AtWork || isUnmoved {
				busy = append(busy, s.Object)
			}
		}
		if !waiting.isLeft(busy, time.Now()) || ctx.Err() != nil {
			return standings, nil
		}
		faults.Sleep(ctx, settleInterval)
	}
}

// look returns the state of the objects. An object whose status is out of date is at work.
func (r *running) look(ctx context.Context) ([]record.Standing, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := r.Client.List(context.WithoutCancel(ctx), list); err != nil {
		return nil, fmt.Errorf("list the recordings: %w", err)
	}
	standings := make([]record.Standing, 0, len(list.Items))
	for i := range list.Items {
		recording := &list.Items[i]
		standing := record.StandingOf(recording)
		atAgora, _ := r.Agora.Recording(record.SIDOf(recording))
		if standing.Reason == v1alpha1.RecordingReason && !atAgora.Running {
			// It has not been polled since the recording ended.
			standing.State = record.AtWork
		}
		if isNobodys(recording) {
			standing.State = record.AsWanted
		}
		standings = append(standings, standing)
	}
	return standings, nil
}

// isNobodys reports whether an object has left every shard before anything was begun for it, so
// that no operator must manage it. An object that is being deleted must be managed.
func isNobodys(recording *v1alpha1.CloudRecording) bool {
	return recording.Labels[plan.ShardLabel] == string(plan.ShardNone) && recording.DeletionTimestamp.IsZero() &&
		record.SIDOf(recording) == "" && recording.Status.StartRequestedTime == nil
}

// awaitJournal turns off notifications and waits until all accepted ones are recorded. It
// returns the number of ConfigMaps with notifications that are left.
func (r *running) awaitJournal(ctx context.Context) (int, error) {
	if err := r.Agora.SetNotifications(notify.Settings{}); err != nil {
		return 0, err
	}
	journal := &metav1.PartialObjectMetadataList{}
	journal.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMapList"))
	var err error
	faults.Until(ctx, journalTimeout, settleInterval, func() bool {
		err = r.Client.List(context.WithoutCancel(ctx), journal, client.HasLabels{v1alpha1.NotificationsLabel})
		return err != nil || len(journal.Items) == 0
	})
	if err != nil {
		return 0, fmt.Errorf("list the notifications that are not recorded: %w", err)
	}
	return len(journal.Items), nil
}

// mend does what the objects ask a person to do, and records it.
func (r *running) mend(ctx context.Context, standings []record.Standing) error {
	planned := r.plan.ByChannel()
	for _, s := range standings {
		if s.State != record.AsksPerson {
			continue
		}
		of := planned[plan.ScheduleOf(s.Object.Name)].Occurrence(s.Object.Name)
		did, err := r.mendOne(ctx, of, s.Reason)
		if err != nil {
			return fmt.Errorf("mend %s: %w", s.Object, err)
		}
		r.seen.Mended[s.Object] = append(r.seen.Mended[s.Object], did)
	}
	return nil
}

// mendOne does what a person does for a reason, and returns a description of it.
func (r *running) mendOne(ctx context.Context, of plan.Recording, reason string) (string, error) {
	recording, _ := r.RecordingOf(of)
	now := time.Now()
	switch reason {
	case v1alpha1.RecordingEndedReason, v1alpha1.StartFailedReason, v1alpha1.WindowMissedReason, v1alpha1.TokenLifetimeEndedReason:
		return "accepted the end", r.doAll(ctx, plan.StopRecording(of))
	case v1alpha1.SIDUnknownReason:
		err := errors.Join(r.emptyAtOnce(of), r.doAll(ctx, plan.OrphanRecording(of), plan.DeleteRecording(of)))
		return "emptied the channel, and let go of the recording", err
	case v1alpha1.TaskConflictReason:
		err := errors.Join(r.emptyAtOnce(of), r.doAll(ctx, plan.ReconcileAt(of, now)))
		return "emptied the channel, and had the operator look at once", err
	case v1alpha1.ProfileNotFoundReason, v1alpha1.ProfileIncompleteReason:
		return "mended the profile", r.doAll(ctx, plan.MendProfile(of))
	case v1alpha1.ResourceExpiredReason:
		if of.Outcome == plan.OutcomeExpire {
			return "let go of the recording", r.doAll(ctx, plan.OrphanRecording(of), plan.DeleteRecording(of))
		}
	case v1alpha1.UploadNotConfirmedReason:
		// A notification cannot make up for files that are missing in the bucket. After a move,
		// more than one recorder would have to report the upload.
		if of.Index%2 == 0 && recording.Failovers == 0 && !of.Stored && !plan.AccountOf(of.Place.Account).Silent {
			_, err := r.Agora.SendNotification(recording.SID, notify.EventUploaded, notify.Details{"status": 0})
			return "had Agora notify the upload", err
		}
		return "deleted the object", r.doAll(ctx, plan.DeleteRecording(of))
	}
	return "resumed it, and had the operator look at once", r.doAll(ctx, plan.ResumeRecording(of), plan.ReconcileAt(of, now))
}

// doAll carries out actions one after another.
func (r *running) doAll(ctx context.Context, actions ...plan.Action) error {
	for _, a := range actions {
		if err := r.Do(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// emptyAtOnce ends every recording of a channel as an empty channel does.
func (r *running) emptyAtOnce(of plan.Recording) error {
	var failures []error
	for _, uid := range of.UIDs() {
		recording, begun := r.Agora.LatestRecording(of.Options.AppID, of.Options.CName, uid)
		if begun && recording.Running {
			failures = append(failures, r.Agora.IdleOut(recording.SID))
		}
	}
	return errors.Join(failures...)
}

// workPeriods is the maximum number of consecutive periods of work to wait for. An object that
// never rests is no better than one that works forever.
const workPeriods = 3

// workTimeout limits the wait for objects. Each has the same time from when it was first seen
// at work, because some start to work only while others are awaited.
type workTimeout struct {
	limit time.Duration
	ends  time.Time
	since map[plan.Object]time.Time
}

func newWorkTimeout(limit time.Duration, now time.Time) *workTimeout {
	return &workTimeout{limit: limit, ends: now.Add(workPeriods * limit)}
}

// isLeft reports whether any busy object has time left.
func (p *workTimeout) isLeft(busy []plan.Object, now time.Time) bool {
	since := map[plan.Object]time.Time{}
	left := false
	for _, o := range busy {
		begin, known := p.since[o]
		if !known {
			begin = now
		}
		since[o] = begin
		left = left || now.Sub(begin) < p.limit
	}
	p.since = since
	return left && now.Before(p.ends)
}
