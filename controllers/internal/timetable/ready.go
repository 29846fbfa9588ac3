// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// ready returns the condition Ready: whether recordings are created as wanted.
func (p *plan) ready() metav1.Condition {
	switch {
	case p.problem != "":
		return notReady(v1alpha1.InvalidScheduleReason, p.problem)
	case p.schedule.Spec.Suspend:
		return isReady(v1alpha1.SuspendedReason, messageSuspended)
	case p.observed.OutsideShard:
		return notReady(v1alpha1.OutsideShardReason, messageOutsideShard)
	case p.refusal.Message != "" && p.refusal.Reason == v1alpha1.MissedNameTaken:
		return notReady(v1alpha1.NameTakenReason, p.refusal.Message)
	case p.refusal.Message != "":
		return notReady(v1alpha1.RecordingRefusedReason, p.refusal.Message)
	case p.Status.Next == nil:
		return isReady(v1alpha1.ScheduleEndedReason, messageEnded)
	case p.skipsItself():
		return isReady(v1alpha1.OccurrencesOverlapReason, messageOverlap)
	default:
		return isReady(v1alpha1.ScheduledReason, messageScheduled)
	}
}

func isReady(reason, message string) metav1.Condition {
	return metav1.Condition{Status: metav1.ConditionTrue, Reason: reason, Message: message}
}

func notReady(reason, message string) metav1.Condition {
	return metav1.Condition{Status: metav1.ConditionFalse, Reason: reason, Message: message}
}

const (
	// overlapSpan is how far ahead occurrences are checked for overlaps: two weeks and a day,
	// in which most timetables repeat themselves.
	overlapSpan = 15 * day

	// maxCompared is how many occurrences are compared at most.
	maxCompared = 500
)

// skipsItself reports whether occurrences are skipped because earlier ones last too long.
// It compares the same occurrences each time, so that the answer does not change over time.
func (p *plan) skipsItself() bool {
	if p.schedule.Spec.ConcurrencyPolicy == v1alpha1.ConcurrencyPolicyReplace {
		return false
	}
	first := p.calendar.Next(p.schedule.CreationTimestamp.Time)
	starts, _ := p.calendar.Between(first.Add(-time.Second), first.Add(overlapSpan), maxCompared)
	for i := 1; i < len(starts); i++ {
		if starts[i].Sub(starts[i-1]) < p.schedule.Spec.Duration.Duration {
			return true
		}
	}
	return false
}
