// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// planDepartures deletes recordings that have not begun and that the schedule no longer
// wants. Recordings that another schedule of the same name created stay.
func (p *plan) planDepartures() {
	for _, found := range p.recordings {
		if !found.isOwn || found.hasBegun() || lifecycle.IsDeleting(found.recording) {
			continue
		}
		cause, departs := p.departs(found)
		if !departs {
			continue
		}
		p.leaving[found.recording.Name] = true
		p.Delete = append(p.Delete, Deletion{found.recording, cause})
		// A new one is created if the schedule wants it again.
		p.Status.Made = slices.DeleteFunc(p.Status.Made, func(made metav1.Time) bool { return made.Time.Equal(found.start) })
	}
}

// departs reports whether a recording that has not begun should be deleted, and why. A
// recording whose time has come stays when the schedule is edited: no other would take its
// place.
func (p *plan) departs(found existing) (Cause, bool) {
	if p.schedule.Spec.Suspend {
		return CauseSuspended, true
	}
	if !found.start.After(p.observed.Now) {
		return "", false
	}
	fits := found.recording.Annotations[v1alpha1.TemplateDigestAnnotation] == digestOf(&p.schedule.Spec) && p.calendar.Includes(found.start)
	return CauseEdited, !fits
}

// planHistory deletes finished recordings beyond the limits, the oldest first. When the
// phase says that a recording is over, nothing is left to upload.
func (p *plan) planHistory() {
	spec := &p.schedule.Spec
	p.keepLatest(v1alpha1.PhaseCompleted, spec.SuccessfulHistoryLimit)
	p.keepLatest(v1alpha1.PhaseFailed, spec.FailedHistoryLimit)
}

func (p *plan) keepLatest(phase v1alpha1.RecordingPhase, limit *int32) {
	if limit == nil {
		return
	}
	var over []*v1alpha1.CloudRecording
	for _, found := range p.recordings {
		if found.isOwn && found.recording.Status.Phase == phase && !lifecycle.IsDeleting(found.recording) {
			over = append(over, found.recording)
		}
	}
	for _, recording := range over[:max(0, len(over)-int(*limit))] {
		p.Delete = append(p.Delete, Deletion{recording, CauseHistory})
	}
}
