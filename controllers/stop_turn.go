// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/decision"
)

// stopShownAfter is after how long a stop that has not been answered shows in the status.
const stopShownAfter = 2 * time.Second

// step is what one reconcile has found out and is about to do.
type step struct {
	known    tracked
	observed decision.Observation
	decided  decision.Decision
	keys     keys

	// turn is when the call may be made for which a turn was taken; zero if none was.
	turn time.Time
}

// takeStopTurn takes the turn of a stop before anything is written of it: thousands that
// begin to wait together would hold up other stops by saying so. What must be written
// before the call is written once the turn has come. It says whether that is so, or no
// turn is needed; otherwise the result says when to come back.
func (r *CloudRecordingReconciler) takeStopTurn(recording *v1alpha1.CloudRecording, s *step) (reconcile.Result, bool) {
	// Another operator lets go of the recording only once it reads who has taken it over.
	isPressing := s.observed.HasNews() || s.decided.Status.Shard != recording.Status.Shard
	if s.decided.Action != decision.ActionStop || !s.known.unwritten.IsNothing() ||
		(isPressing && !s.decided.RecordsWithOutcome(recording.Status)) {
		return reconcile.Result{}, true
	}
	turn, result, granted := r.caller.takeTurn(recording, s.decided, s.keys, &s.known)
	if !granted {
		s.known.memory = s.decided.Memory
		r.tracker.set(client.ObjectKeyFromObject(recording), s.known)
		r.settle(recording.UID, s.observed)
		return result, false
	}
	s.turn = turn
	return reconcile.Result{}, true
}

// giveBackTurn lets others go first, since the call for which a turn was taken is not made.
func (c *caller) giveBackTurn(recording *v1alpha1.CloudRecording, s step) {
	if !s.turn.IsZero() {
		c.account(recording, s.keys.agora).Answered(budget.Owner(recording.UID), true)
	}
}

// recordsWithOutcome says whether the status is written once the stop that is about to be
// called has been answered. What the cache shows must be the latest then: no write fails
// if somebody wants the recording to go on.
func (r *CloudRecordingReconciler) recordsWithOutcome(ctx context.Context, recording *v1alpha1.CloudRecording, s step) bool {
	if s.turn.IsZero() || !s.decided.RecordsWithOutcome(recording.Status) {
		return false
	}
	current, err := r.isCurrent(ctx, recording)
	if err != nil {
		log.FromContext(ctx).V(1).Info("Whether the object is the latest is not known", "cause", err.Error())
	}
	return current && err == nil
}
