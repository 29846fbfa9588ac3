// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

const (
	// A recording is stopped before its control window is over: a twentieth of it,
	// within these bounds, is left for stops that fail and wait for their turn.
	shortestWindowMargin = 3 * time.Minute
	longestWindowMargin  = time.Hour
)

// enforceDeadlines has the recording stopped once it has gone on for as long as it
// may: by spec.maxDuration, or since Agora would soon refuse to.
func (d *decider) enforceDeadlines() {
	if d.wantsStop() || lifecycle.IsDeleting(d.recording) || (d.haveAllEnded() && !lifecycle.MayRestart(d.recording)) {
		return
	}
	if by := d.endsBy(); !by.IsZero() {
		if !by.After(d.observed.Now) {
			d.recording.Status.StopReason = v1alpha1.StopReasonMaxDuration
			return
		}
		d.requeueAt(by)
	}
	if !d.isBoundByWindow() {
		return
	}
	by := d.stopBy(&d.recording.Status.SessionStatus)
	if !by.After(d.observed.Now) && !d.mayHandOver() {
		d.recording.Status.StopReason = v1alpha1.StopReasonControlWindow
		return
	}
	d.requeueAt(by, d.warnFrom())
}

// endsBy returns when spec.maxDuration is over; zero if it is not set or nothing
// has begun.
func (d *decider) endsBy() time.Time {
	longest := d.recording.Spec.MaxDuration
	begun := d.begunAt()
	if longest == nil || begun.IsZero() {
		return time.Time{}
	}
	return begun.Add(longest.Duration)
}

// IsOvertime says whether a recording has gone on for longer than spec.maxDuration.
func IsOvertime(recording *v1alpha1.CloudRecording, now time.Time) bool {
	d := decider{recording: recording}
	by := d.endsBy()
	return !by.IsZero() && !by.After(now) && !meta.IsStatusConditionTrue(recording.Status.Conditions, v1alpha1.StoppedCondition)
}

// begunAt returns since when spec.maxDuration counts; zero if nothing has begun.
func (d *decider) begunAt() time.Time {
	switch {
	case !lifecycle.StartsItself(d.recording):
		return d.recording.CreationTimestamp.Time
	case d.recording.Status.FirstStartedTime != nil:
		return d.recording.Status.FirstStartedTime.Time
	default:
		return time.Time{}
	}
}

// recordFirstStart keeps when the first session began, which may leave the status.
func (d *decider) recordFirstStart() {
	if !lifecycle.StartsItself(d.recording) || d.recording.Status.FirstStartedTime != nil {
		return
	}
	first := &d.recording.Status.SessionStatus
	if len(d.recording.Status.Sessions) > 0 {
		first = &d.recording.Status.Sessions[0]
	}
	d.recording.Status.FirstStartedTime = first.StartedTime.DeepCopy()
}

// isBoundByWindow says whether it is known until when Agora takes calls for the
// current session: of an adopted recording nobody has said so.
func (d *decider) isBoundByWindow() bool {
	return lifecycle.StartsItself(d.recording) && d.recording.Status.StartedTime != nil && !d.isStopped()
}

// controlWindow returns for how long from the start of a session Agora takes calls
// for it: as it was told then, whatever the spec says by now.
func (d *decider) controlWindow(session *v1alpha1.SessionStatus) time.Duration {
	return time.Duration(cmp.Or(session.ResourceExpiredHour, d.recording.Spec.Start.ResourceExpiredHour)) * time.Hour
}

func windowMargin(window time.Duration) time.Duration {
	return min(max(window/20, shortestWindowMargin), longestWindowMargin)
}

// stopBy returns when a session is stopped at the latest, so that Agora still does;
// for one whose start nobody has stated, at once.
func (d *decider) stopBy(session *v1alpha1.SessionStatus) time.Time {
	if session.StartedTime == nil || !lifecycle.StartsItself(d.recording) {
		return time.Time{}
	}
	window := d.controlWindow(session)
	return session.StartedTime.Add(window - windowMargin(window))
}

// warnFrom returns from when on the end of the control window is near: from nine
// tenths of it.
func (d *decider) warnFrom() time.Time {
	return d.recording.Status.StartedTime.Add(d.controlWindow(&d.recording.Status.SessionStatus) / 10 * 9)
}

// mayHandOver says whether another session may be started while the current one
// records.
func (d *decider) mayHandOver() bool {
	return d.isBoundByWindow() && d.recording.Spec.Start.OnExpiry == v1alpha1.ExpiryPolicyStartNext &&
		!d.wantsStop() && d.isRecording() && d.haveOthersEnded() && d.hasRoomForSession()
}

// handsOver says whether it is time to start another session before the one in
// force has to be stopped. None is as long as one before could not be stopped.
func (d *decider) handsOver() bool {
	if !d.mayHandOver() || d.beginsNothing() {
		return false
	}
	at := d.stopBy(&d.recording.Status.SessionStatus).Add(-windowMargin(d.controlWindow(&d.recording.Status.SessionStatus)))
	if at.After(d.observed.Now) {
		d.requeueAt(at)
		return false
	}
	return true
}

// summarizeWindow says that Agora will soon take no more calls for the recording.
func (d *decider) summarizeWindow() {
	if !d.isBoundByWindow() || d.warnFrom().After(d.observed.Now) {
		meta.RemoveStatusCondition(&d.recording.Status.Conditions, v1alpha1.ExpiringCondition)
		return
	}
	reason := v1alpha1.ControlWindowEndingReason
	if d.cannotStartNext() {
		reason = v1alpha1.SessionLimitReachedReason
	}
	d.setCondition(v1alpha1.ExpiringCondition, metav1.ConditionTrue, reason, d.expiringMessage())
}

// cannotStartNext says whether the current session is the last one though another
// was to take its place before its control window ends.
func (d *decider) cannotStartNext() bool {
	return d.recording.Spec.Start.OnExpiry == v1alpha1.ExpiryPolicyStartNext && !d.wantsStop() && d.isFull()
}
