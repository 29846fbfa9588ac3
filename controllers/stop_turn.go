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

// stopShownAfter is how long a stop may be in flight before the status shows it.
const stopShownAfter = 2 * time.Second

// step holds what one reconcile has observed and decided.
type step struct {
	known    tracked
	observed decision.Observation
	decided  decision.Decision
	keys     keys

	// turn is when the call may be made. It is zero if no turn was taken yet.
	turn time.Time
}

// takeStopTurn takes the turn of a stop before the status is written. If thousands of stops
// begin to wait together, a status write for each would hold up the stops themselves. It
// reports whether the reconcile goes on, because the turn has come or none is needed.
// Otherwise the result says when to reconcile again.
func (r *CloudRecordingReconciler) takeStopTurn(recording *v1alpha1.CloudRecording, s *step) (reconcile.Result, bool) {
	// Another operator releases the recording only after it has read that this one took over.
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

// giveBackTurn returns a turn whose call is not made, so that others can use it.
func (c *caller) giveBackTurn(recording *v1alpha1.CloudRecording, s step) {
	if !s.turn.IsZero() {
		c.account(recording, s.keys.agora).Answered(budget.Owner(recording.UID), true)
	}
}

// recordsWithOutcome reports whether the status is written only after the stop is answered.
// That requires the newest version of the object: without a write before the stop, no conflict
// would tell that somebody wants the recording to continue.
func (r *CloudRecordingReconciler) recordsWithOutcome(ctx context.Context, recording *v1alpha1.CloudRecording, s step) bool {
	if s.turn.IsZero() || !s.decided.RecordsWithOutcome(recording.Status) {
		return false
	}
	current, err := r.isCurrent(ctx, recording)
	if err != nil {
		log.FromContext(ctx).V(1).Info("Could not check whether the object is the newest version", "cause", err.Error())
	}
	return current && err == nil
}
