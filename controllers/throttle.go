// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/api/equality"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/secrets"
)

const (
	// waitingRate is how many recordings a second are said to wait for their
	// stop, and waitingBurst how many at once.
	waitingRate  = rate.Limit(20)
	waitingBurst = 20
)

// throttleStatusWrite returns how long saying that a stop waits for its turn has to wait
// itself; zero if it may be written now. Where thousands begin to wait, writing
// all of that at once would hold up the stops of other accounts, for which the
// same API server works. Once a turn is near, it is written with the stop.
func (r *CloudRecordingReconciler) throttleStatusWrite(
	recording *v1alpha1.CloudRecording, known *tracked, observed decision.Observation, decided decision.Decision, credentials secrets.Credentials,
) time.Duration {
	if !decided.Action.IsCall() || decided.Priority != budget.Stop || observed.HasNews() ||
		equality.Semantic.DeepEqual(recording.Status, decided.Status) {
		return 0
	}
	turn, again := r.account(recording, credentials).Join(budget.Owner(recording.UID), budget.Stop)
	now := r.Clock.Now()
	if turn.Sub(now) < budget.Lookahead {
		return 0
	}
	if known.writeAt.IsZero() {
		known.writeAt = now.Add(r.waiting.ReserveN(now, 1).DelayFrom(now))
	}
	return max(min(known.writeAt.Sub(now), again.Sub(now)), 0)
}
