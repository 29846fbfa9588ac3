// SPDX-License-Identifier: Apache-2.0

package schedules

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/timetable"
	"cloudrecording.dev/operator/controllers/internal/workers"
)

const (
	// maxCauseBytes is how much a condition says of why something was refused.
	maxCauseBytes = 700

	// creationTimeout is how much of a reconcile creations may take: each may wait for a
	// webhook that does not answer, and what came of them is to be recorded.
	creationTimeout = workers.ReconcileTimeout / 2
)

// create creates what is due, and decides again with what came of it until nothing is. What
// fails of one keeps no other from being tried.
func (r *Reconciler) create(ctx context.Context, schedule *v1alpha1.CloudRecordingSchedule, observed timetable.Observation) (timetable.Decision, []error) {
	ctx, cancel := context.WithTimeout(ctx, creationTimeout)
	defer cancel()
	var failed []error
	for {
		decided := timetable.Decide(schedule, observed)
		if len(decided.Create) == 0 {
			return decided, failed
		}
		for _, occurrence := range decided.Create {
			made, refusal, err := r.createOne(ctx, timetable.NewRecording(schedule, occurrence))
			if err != nil {
				failed = append(failed, err)
				refusal = failureOf(err)
			}
			if made == nil {
				observed.Refused[occurrence.Name] = refusal
				continue
			}
			observed.Recordings = append(observed.Recordings, *made)
		}
	}
}

// createOne creates a recording, or returns the one that is there already, or why there is none.
func (r *Reconciler) createOne(ctx context.Context, recording *v1alpha1.CloudRecording) (*v1alpha1.CloudRecording, timetable.Refusal, error) {
	err := r.Client.Create(ctx, recording)
	switch {
	case err == nil:
		return recording, timetable.Refusal{}, nil
	case apierrors.IsAlreadyExists(err):
		return r.found(ctx, recording)
	case isRefusal(err):
		return nil, timetable.Refusal{Reason: v1alpha1.MissedRefused, Message: timetable.MessageRefused(causeOf(err))}, nil
	default:
		return nil, timetable.Refusal{}, fmt.Errorf("create the recording of an occurrence: %w", err)
	}
}

// failureOf says why a recording could not be created, which may pass.
func failureOf(err error) timetable.Refusal {
	if isOvertaken(err) {
		return timetable.Refusal{Reason: v1alpha1.MissedTooLate}
	}
	return timetable.Refusal{Reason: v1alpha1.MissedRefused, Message: timetable.MessageNotCreated(causeOf(err))}
}

// causeOf returns what a condition says of an error.
func causeOf(err error) string { return bounds.CutText(decision.Printable(err.Error()), maxCauseBytes) }

// found returns the recording that has the name of another, if a schedule of the same name made
// it.
func (r *Reconciler) found(ctx context.Context, wanted *v1alpha1.CloudRecording) (*v1alpha1.CloudRecording, timetable.Refusal, error) {
	there := &v1alpha1.CloudRecording{}
	if err := r.APIReader.Get(ctx, client.ObjectKeyFromObject(wanted), there); err != nil {
		return nil, timetable.Refusal{}, fmt.Errorf("read the recording that has the name of an occurrence: %w", err)
	}
	if there.Labels[v1alpha1.ScheduleLabel] != wanted.Labels[v1alpha1.ScheduleLabel] {
		return nil, timetable.Refusal{Reason: v1alpha1.MissedNameTaken, Message: timetable.MessageNameTaken(wanted.Name)}, nil
	}
	return there, timetable.Refusal{}, nil
}

// isRefusal says whether an API server will say the same again unless somebody acts.
func isRefusal(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsRequestEntityTooLargeError(err)
}
