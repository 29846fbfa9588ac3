// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"math"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// summarize describes in the status how things stand.
func (p *plan) summarize() {
	p.Status.ObservedGeneration = p.schedule.Generation
	p.summarizeActive()
	p.Status.Next = nil
	if next := p.next(); !next.IsZero() {
		p.Status.Next = &metav1.Time{Time: next.UTC()}
		p.wake(next)
	}
	if unmade := p.nextUnmade(); !unmade.IsZero() {
		p.wake(unmade.Add(-Ahead))
	}
	p.summarizeLast()
	p.setConditions(p.ready(), p.isReplacing())
}

func (p *plan) summarizeActive() {
	p.Status.Active = nil
	count := 0
	for _, found := range p.recordings {
		if lifecycle.IsOver(found.recording.Status.Phase) {
			continue
		}
		count++
		if count <= maxActive {
			p.Status.Active = append(p.Status.Active, v1alpha1.ActiveOccurrence{Name: found.recording.Name})
		}
	}
	p.Status.ActiveCount = int32(min(count, math.MaxInt32))
}

// summarizeLast notes the latest occurrence in status.made that has begun.
func (p *plan) summarizeLast() {
	for _, made := range p.Status.Made {
		isLater := p.Status.Last == nil || p.Status.Last.Before(&made)
		if isLater && !made.After(p.observed.Now) {
			p.Status.Last = &metav1.Time{Time: made.UTC()}
		}
	}
}

// next returns when the next occurrence begins, or zero if none does.
func (p *plan) next() time.Time {
	if p.problem != "" || p.schedule.Spec.Suspend {
		return time.Time{}
	}
	return p.calendar.Next(p.observed.Now)
}

// nextUnmade returns when the next occurrence begins for which nothing has been created
// yet.
func (p *plan) nextUnmade() time.Time {
	next := p.next()
	for !next.IsZero() && p.isNoted(next) {
		next = p.calendar.Next(next)
	}
	return next
}

// isReplacing reports whether recordings that no longer fit are being deleted.
func (p *plan) isReplacing() bool {
	if len(p.leaving) > 0 {
		return true
	}
	return slices.ContainsFunc(p.recordings, func(found existing) bool {
		return found.isOwn && lifecycle.IsDeleting(found.recording) && !found.hasBegun() && !p.isNoted(found.start)
	})
}

func (p *plan) setConditions(ready metav1.Condition, isReplacing bool) {
	ready.Type, ready.ObservedGeneration, ready.LastTransitionTime = v1alpha1.ReadyCondition, p.schedule.Generation, metav1.Time{Time: p.observed.Now}
	meta.SetStatusCondition(&p.Status.Conditions, ready)
	reconciling, stalled := ready, ready
	reconciling.Type, reconciling.Status = v1alpha1.ReconcilingCondition, metav1.ConditionTrue
	stalled.Type, stalled.Status = v1alpha1.StalledCondition, metav1.ConditionTrue
	reconciling.Reason, reconciling.Message = v1alpha1.ReplacingReason, messageReplacing
	set(&p.Status.Conditions, reconciling, isReplacing)
	set(&p.Status.Conditions, stalled, ready.Status == metav1.ConditionFalse)
}

// set sets a condition while it holds, and removes it otherwise.
func set(conditions *[]metav1.Condition, condition metav1.Condition, holds bool) {
	if holds {
		meta.SetStatusCondition(conditions, condition)
		return
	}
	meta.RemoveStatusCondition(conditions, condition.Type)
}
