// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// history is what was seen of an object.
type history struct {
	object   object
	uid      string
	versions []version
	// gone is when it was seen that the object is gone; zero if it is there.
	gone time.Time
}

// version is an object at a time.
type version struct {
	seen      time.Time
	recording *v1alpha1.CloudRecording
	// complete says whether all files were in the bucket at that time, as far as the
	// bucket can show.
	complete bool
}

// last returns the last version of an object.
func (h history) last() *v1alpha1.CloudRecording { return h.versions[len(h.versions)-1].recording }

// sid is that of the object's recording; empty if it never knew one.
func (h history) sid() string {
	for _, v := range slices.Backward(h.versions) {
		if sid := sidOf(v.recording); sid != "" {
			return sid
		}
	}
	return ""
}

// at returns the version that was there at a time; the first if it came later.
func (h history) at(t time.Time) version {
	for _, v := range slices.Backward(h.versions) {
		if !v.seen.After(t) {
			return v
		}
	}
	return h.versions[0]
}

// sidOf returns the sid of an object's recording: adopted, or started.
func sidOf(recording *v1alpha1.CloudRecording) string {
	return cmp.Or(recording.Spec.SID, recording.Status.SID)
}

// starts says whether the operator starts the object's recording.
func (h history) starts() bool { return h.last().Spec.Start != nil }

// isOf says whether a recording at Agora is of the object's channel and uid.
func (h history) isOf(recording agorasim.Recording) bool {
	spec := h.last().Spec
	isUID := spec.UID == recording.UID || spec.Start != nil && slices.Contains(spec.Start.AlternateUIDs, recording.UID)
	return spec.AppID == recording.AppID && spec.CName == recording.CName && isUID
}

// ever says whether something held of any version of an object.
func (h history) ever(holds func(*v1alpha1.CloudRecording) bool) bool {
	return slices.ContainsFunc(h.versions, func(v version) bool { return holds(v.recording) })
}

// wantsEnd says whether an object wants its recording to be ended.
func wantsEnd(recording *v1alpha1.CloudRecording) bool {
	if !recording.DeletionTimestamp.IsZero() {
		return recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyStop
	}
	return recording.Spec.State == v1alpha1.RecordingStateStopped
}

// everWantedEnd says whether any version of an object wanted that, or did before it was
// let go of.
func (h history) everWantedEnd() bool {
	return h.ever(func(recording *v1alpha1.CloudRecording) bool {
		return wantsEnd(recording) || recording.Spec.State == v1alpha1.RecordingStateStopped
	})
}

// everHeld says whether any version of an object had the operator's finalizer.
func (h history) everHeld() bool {
	return h.ever(func(recording *v1alpha1.CloudRecording) bool {
		return controllerutil.ContainsFinalizer(recording, v1alpha1.StopFinalizer)
	})
}

// isFilled says whether users have filled an object up.
func (h history) isFilled() bool {
	return h.ever(func(recording *v1alpha1.CloudRecording) bool { return len(recording.OwnerReferences) > 0 })
}

// isWantedToEnd says whether an object wants its recording to be ended, by its spec or
// since its time is over in the end.
func (h history) isWantedToEnd(end time.Time) bool {
	over := h.over()
	isOver := !over.IsZero() && !end.Before(over)
	return wantsEnd(h.last()) || h.gone.IsZero() && isOver
}

// over returns when the recording was to end by spec.maxDuration; zero for never.
func (h history) over() time.Time {
	limit := h.last().Spec.MaxDuration
	var first time.Time
	for _, v := range h.versions {
		for _, session := range sessionsIn(v.recording.Status) {
			if begin := session.StartedTime; begin != nil && (first.IsZero() || begin.Time.Before(first)) {
				first = begin.Time
			}
		}
	}
	if limit == nil || first.IsZero() {
		return time.Time{}
	}
	return first.Add(limit.Duration)
}

// prepared returns the sids that the campaign has written before any operator saw the
// object.
func (h history) prepared() []string {
	var sids []string
	for _, v := range h.versions {
		if v.recording.Labels[shardLabel] == string(shardNone) && len(v.recording.Finalizers) == 0 {
			sids = append(sids, sidsIn(v.recording)...)
		}
	}
	return sids
}

// sids returns those of all recordings that any version of an object knew.
func (h history) sids() []string {
	var sids []string
	for _, v := range h.versions {
		sids = append(sids, sidsIn(v.recording)...)
	}
	slices.Sort(sids)
	return slices.Compact(sids)
}

// sidsIn returns the sids that a version of an object knows.
func sidsIn(recording *v1alpha1.CloudRecording) []string {
	var sids []string
	if sid := sidOf(recording); sid != "" {
		sids = append(sids, sid)
	}
	for _, session := range recording.Status.Sessions {
		sids = append(sids, session.SID)
	}
	return sids
}

// sessionsIn returns all sessions of a status.
func sessionsIn(status v1alpha1.CloudRecordingStatus) []v1alpha1.SessionStatus {
	return append(slices.Clone(status.Sessions), status.SessionStatus)
}
