// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"cmp"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Wait describes, for people, what a recording waits for.
type Wait struct {
	// For is what is awaited, such as "the end of its window".
	For string `json:"for"`

	// Until is when that comes, or is given up. It is absent if nobody can know.
	Until *time.Time `json:"until,omitempty"`

	// Then is what happens then, as a sentence.
	Then string `json:"then"`
}

// WaitsOf returns what a recording waits for, in the order in which it is expected, as far
// as the object shows. The recording must have its effective spec. There are no waits once
// nothing is left to do.
func WaitsOf(recording *v1alpha1.CloudRecording, now time.Time) []Wait {
	waits := waitsOfPeople(recording)
	switch {
	case isOrphaned(recording), isSuspendedForNow(recording):
	case lifecycle.HasEnded(&recording.Status.SessionStatus):
		waits = append(waits, waitsAfterEnd(recording, now)...)
	case lifecycle.WantsStop(recording):
		waits = append(waits, waitOf("the recorder, to end", time.Time{}, "Its upload is confirmed then."))
	case lifecycle.AwaitsStart(recording):
		waits = append(waits, waitsBeforeStart(recording, now)...)
	default:
		waits = append(waits, waitsWhileRecording(recording, now)...)
	}
	waits = append(waits, waitsOfSessions(recording, now)...)
	slices.SortStableFunc(waits, func(a, b Wait) int { return cmp.Compare(a.order(), b.order()) })
	return waits
}

func waitOf(what string, until time.Time, then string) Wait {
	wait := Wait{For: what, Then: then}
	if !until.IsZero() {
		until = until.UTC()
		wait.Until = &until
	}
	return wait
}

// order puts waits without a known time before the rest: they are what is going on.
func (w Wait) order() int64 {
	if w.Until == nil {
		return 0
	}
	return w.Until.Unix()
}

func isOrphaned(recording *v1alpha1.CloudRecording) bool {
	return lifecycle.IsDeleting(recording) && recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan
}

func isSuspendedForNow(recording *v1alpha1.CloudRecording) bool {
	return lifecycle.IsSuspended(recording) && !lifecycle.HasEnded(&recording.Status.SessionStatus)
}

// waitsOfPeople returns the waits for what somebody must do: the operator, or a person.
func waitsOfPeople(recording *v1alpha1.CloudRecording) (waits []Wait) {
	switch {
	case isOrphaned(recording):
		waits = append(waits, waitOf("the operator, to let the object go", time.Time{}, "The recording goes on, and is billed."))
	case recording.Status.ObservedGeneration != recording.Generation:
		waits = append(waits, waitOf("the operator, to read the object", time.Time{}, "What follows is about an older version of it."))
	case lifecycle.IsStalled(&recording.Status.SessionStatus):
		waits = append(waits, waitOf("a person, to act", time.Time{}, "The condition Ready says what to do."))
	}
	if isSuspendedForNow(recording) {
		waits = append(waits, waitOf("spec.suspend, to be set to false", time.Time{}, "The operator makes no call until then."))
	}
	return waits
}

// waitsBeforeStart returns the waits before there is a session.
func waitsBeforeStart(recording *v1alpha1.CloudRecording, now time.Time) []Wait {
	if lifecycle.IsScheduled(recording, now) {
		return []Wait{waitOf("the start of its window", lifecycle.OpensAt(recording), "The recording is started.")}
	}
	what := "its start"
	if recordedWait(&recording.Status) != (Problem{}) {
		what = "room for another recording"
	}
	then := "It goes on as long as it is wanted."
	if !lifecycle.LatestStart(recording).IsZero() {
		then = "After that the window is missed, and nothing is started."
	}
	return []Wait{waitOf(what, lifecycle.LatestStart(recording), then)}
}

// waitsWhileRecording returns the waits for what ends a running session.
func waitsWhileRecording(recording *v1alpha1.CloudRecording, now time.Time) (waits []Wait) {
	if by := endsBy(recording); !by.IsZero() {
		waits = append(waits, waitOf("the end of its maxDuration", by, "The recording is stopped, as wanted."))
	}
	if by := lifecycle.ClosesAt(recording); !by.IsZero() {
		waits = append(waits, waitOf("the end of its window", by, "The recording is stopped, as wanted."))
	}
	waits = append(waits, waitsForLimit(recording, now)...)
	if len(waits) == 0 {
		waits = append(waits, waitOf("somebody to stop it, or its recorder to end", time.Time{}, "Nothing else ends it."))
	}
	return waits
}

// waitsForLimit returns the waits for the end of a session's control window or of its
// token.
func waitsForLimit(recording *v1alpha1.CloudRecording, now time.Time) []Wait {
	if !isLimited(recording) {
		return nil
	}
	limit := limitOf(recording, &recording.Status.SessionStatus)
	what := "the end of its control window"
	if limit.reason == v1alpha1.StopReasonTokenLifetime {
		what = "the end of its token"
	}
	switch {
	case endsBefore(recording, limit):
		return nil
	case recording.Spec.Start.OnExpiry == v1alpha1.ExpiryPolicyStartNext && !cannotStartNext(recording) && limit.handOverAt().After(now):
		return []Wait{waitOf(what, limit.handOverAt(), "Another session takes its place.")}
	default:
		return []Wait{waitOf(what, limit.stopBy(), "The recording is stopped, since its time at Agora is nearly over.")}
	}
}

// waitsAfterEnd returns the waits for the next session, the upload, and the deletion.
func waitsAfterEnd(recording *v1alpha1.CloudRecording, now time.Time) (waits []Wait) {
	session := &recording.Status.SessionStatus
	observed := &Observation{Now: now}
	if isToRestart(recording, observed) {
		waits = append(waits, waitOf("the next session", restartsAt(&recording.Status, now), "It is started, by spec.restartPolicy."))
	}
	if !lifecycle.HasUploaded(session) || awaitsFirstVerification(recording) || lifecycle.IsContradicted(recording.Status) {
		waits = append(waits, waitsForUpload(recording, now)...)
	}
	if deadline := deletionDeadline(recording, now); !deadline.IsZero() {
		waits = append(waits, waitOf("the deletion", deadline, "The object goes, or before, once the upload is confirmed."))
	}
	if due := expiresAt(recording, observed); !due.IsZero() {
		waits = append(waits, waitOf("the end of its ttlSecondsAfterFinished", due, "The object is deleted."))
	}
	return waits
}

// waitsForUpload returns the waits for evidence of the upload, as long as the operator
// looks for it.
func waitsForUpload(recording *v1alpha1.CloudRecording, now time.Time) []Wait {
	confirm, last := confirmDeadline(recording, now), stoppedTime(&recording.Status.SessionStatus, now).Add(backupKept)
	switch {
	case confirm.After(now):
		return []Wait{waitOf("evidence of the upload", confirm, "A person is asked to look for the files.")}
	case last.After(now):
		return []Wait{waitOf("evidence of the upload, though it is overdue", last, "The operator looks no more.")}
	default:
		return nil
	}
}

// waitsOfSessions returns the waits for the previous sessions.
func waitsOfSessions(recording *v1alpha1.CloudRecording, now time.Time) (waits []Wait) {
	for i := range recording.Status.Sessions {
		session := &recording.Status.Sessions[i]
		switch {
		case lifecycle.IsSettled(session):
		case !lifecycle.HasEnded(session):
			waits = append(waits, waitOf("the end of session "+session.SID, time.Time{}, "Its upload is confirmed then."))
		case !lifecycle.HasUploaded(session):
			deadline := confirmDeadline(lifecycle.RecordingOf(recording, session), now)
			waits = append(waits, waitOf("evidence of the upload of session "+session.SID, deadline, "A person is asked to look for its files."))
		}
	}
	return waits
}
