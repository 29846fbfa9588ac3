// SPDX-License-Identifier: Apache-2.0

package schedules

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/timetable"
	"cloudrecording.dev/operator/controllers/internal/workers"
)

const (
	// maxCauseBytes limits how much of an API server's error a condition quotes.
	maxCauseBytes = 700

	// creationTimeout limits the part of a reconcile that creates recordings. Each
	// creation may wait for a webhook that does not answer, and the outcome must still be
	// recorded.
	creationTimeout = workers.ReconcileTimeout / 2
)

// create creates the recordings that are due, and decides again with the outcome until
// none is due. A failure with one recording does not stop the others.
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

// createOne creates a recording. If the recording already exists, it returns that one. If
// it is refused, it returns why.
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

// failureOf describes a failure to create a recording that may be temporary.
func failureOf(err error) timetable.Refusal {
	if isOvertaken(err) {
		return timetable.Refusal{Reason: v1alpha1.MissedTooLate}
	}
	return timetable.Refusal{Reason: v1alpha1.MissedRefused, Message: timetable.MessageNotCreated(causeOf(err))}
}

// causeOf returns the text of an error for a condition.
func causeOf(err error) string { return bounds.CutText(bounds.Printable(err.Error()), maxCauseBytes) }

// found returns the existing recording with the wanted name, if a schedule of the same
// name made it.
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

// isRefusal reports whether the API server will refuse again unless somebody acts.
func isRefusal(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsRequestEntityTooLargeError(err)
}
