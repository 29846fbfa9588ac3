// SPDX-License-Identifier: Apache-2.0

package record

import (
	"cmp"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/campaign/plan"
)

// History is everything that was observed of an object.
type History struct {
	Object   plan.Object
	UID      string
	Versions []Version
	// Gone is when the deletion of the object was observed. It is zero while the object exists.
	Gone time.Time
}

// Version is an object at a time.
type Version struct {
	Seen      time.Time
	Recording *v1alpha1.CloudRecording
	// Complete reports whether all files were in the bucket at that time, as far as the bucket
	// can show.
	Complete bool
}

// Last returns the last version of an object.
func (h History) Last() *v1alpha1.CloudRecording { return h.Versions[len(h.Versions)-1].Recording }

// SID returns the sid of the object's recording, or nothing if the object never had one.
func (h History) SID() string {
	for _, v := range slices.Backward(h.Versions) {
		if sid := SIDOf(v.Recording); sid != "" {
			return sid
		}
	}
	return ""
}

// At returns the version at a time, or the first version if the time is earlier.
func (h History) At(t time.Time) Version {
	for _, v := range slices.Backward(h.Versions) {
		if !v.Seen.After(t) {
			return v
		}
	}
	return h.Versions[0]
}

// SIDOf returns the sid of an object's recording, whether it was adopted or started.
func SIDOf(recording *v1alpha1.CloudRecording) string {
	return cmp.Or(recording.Spec.SID, recording.Status.SID)
}

// Starts reports whether the operator starts the object's recording.
func (h History) Starts() bool {
	spec := h.Last().Spec
	return spec.Start != nil || (spec.ProfileRef != nil && spec.SID == "")
}

// startOfLast returns the start parameters of the object's recording, from its spec or from the
// resolved profile. It returns nil if the recording is not started.
func (h History) startOfLast() *v1alpha1.StartSpec {
	last := h.Last()
	if last.Spec.Start == nil && last.Status.Resolved != nil {
		return last.Status.Resolved.Start
	}
	return last.Spec.Start
}

// IsOf reports whether a recording at Agora has the object's channel and uid.
func (h History) IsOf(recording agorasim.Recording) bool {
	spec := h.Last().Spec
	start := h.startOfLast()
	isUID := spec.UID == recording.UID || start != nil && slices.Contains(start.AlternateUIDs, recording.UID)
	return spec.AppID == recording.AppID && spec.CName == recording.CName && isUID
}

// ever reports whether a predicate held for any version of an object.
func (h History) ever(holds func(*v1alpha1.CloudRecording) bool) bool {
	return slices.ContainsFunc(h.Versions, func(v Version) bool { return holds(v.Recording) })
}

// wantsEnd reports whether an object wants its recording to end.
func wantsEnd(recording *v1alpha1.CloudRecording) bool {
	if !recording.DeletionTimestamp.IsZero() {
		return recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyStop
	}
	return recording.Spec.State == v1alpha1.RecordingStateStopped
}

// EverWantedEnd reports whether any version of an object wanted its recording to end, including
// versions before it was orphaned.
func (h History) EverWantedEnd() bool {
	return h.ever(func(recording *v1alpha1.CloudRecording) bool {
		return wantsEnd(recording) || recording.Spec.State == v1alpha1.RecordingStateStopped
	})
}

// EverHeld reports whether any version of an object had the operator's finalizer.
func (h History) EverHeld() bool {
	return h.ever(func(recording *v1alpha1.CloudRecording) bool {
		return controllerutil.ContainsFinalizer(recording, v1alpha1.StopFinalizer)
	})
}

// IsFilled reports whether users have filled an object up.
func (h History) IsFilled() bool {
	return h.ever(func(recording *v1alpha1.CloudRecording) bool { return len(recording.OwnerReferences) > 0 })
}

// IsWantedToEnd reports whether an object wants its recording to end, by its spec or because
// its time is over at the given end.
func (h History) IsWantedToEnd(end time.Time) bool {
	over := h.Over()
	isOver := !over.IsZero() && !end.Before(over)
	return wantsEnd(h.Last()) || h.Gone.IsZero() && isOver
}

// Over returns when the recording was to end: by spec.window, by spec.maxDuration, or because
// its token expires and no other session takes over. It is zero if there is no such time.
func (h History) Over() time.Time {
	if window := h.Last().Spec.Window; window != nil && window.End != nil {
		return window.End.Time
	}
	limit := h.Last().Spec.MaxDuration
	var first time.Time
	for _, v := range h.Versions {
		for _, session := range sessionsIn(v.Recording.Status) {
			if begin := session.StartedTime; begin != nil && (first.IsZero() || begin.Time.Before(first)) {
				first = begin.Time
			}
		}
	}
	if limit == nil || first.IsZero() {
		return h.tokenOver()
	}
	return first.Add(limit.Duration)
}

// tokenOver returns when the current session is stopped because its token expires. It is zero
// if another session takes over, or if no token was minted.
func (h History) tokenOver() time.Time {
	session := h.Last().Status.SessionStatus
	if h.HandsOver() || session.StartedTime == nil || session.TokenExpirationTime == nil {
		return time.Time{}
	}
	return TokenLimit(session, 1)
}

// HandsOver reports whether another session replaces one whose token expires.
func (h History) HandsOver() bool {
	start := h.startOfLast()
	return start != nil && start.OnExpiry == v1alpha1.ExpiryPolicyStartNext
}

// TokenLimit returns when the given number of margins is left of a session's token. A session
// is stopped at one margin, and replaced at two. A margin is a twentieth of the time from the
// session's start to the token's expiry, but at least three minutes and at most an hour.
func TokenLimit(session v1alpha1.SessionStatus, margins int) time.Time {
	end := session.TokenExpirationTime.Time
	margin := min(max(end.Sub(session.StartedTime.Time)/20, 3*time.Minute), time.Hour)
	return end.Add(-time.Duration(margins) * margin)
}

// Prepared returns the sids that the campaign wrote before any operator saw the object.
func (h History) Prepared() []string {
	var sids []string
	for _, v := range h.Versions {
		if v.Recording.Labels[plan.ShardLabel] == string(plan.ShardNone) && len(v.Recording.Finalizers) == 0 {
			sids = append(sids, SIDsIn(v.Recording)...)
		}
	}
	return sids
}

// SIDs returns the sids of all recordings that any version of an object knew.
func (h History) SIDs() []string {
	var sids []string
	for _, v := range h.Versions {
		sids = append(sids, SIDsIn(v.Recording)...)
	}
	slices.Sort(sids)
	return slices.Compact(sids)
}

// SIDsIn returns the sids that a version of an object knows.
func SIDsIn(recording *v1alpha1.CloudRecording) []string {
	var sids []string
	if sid := SIDOf(recording); sid != "" {
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
