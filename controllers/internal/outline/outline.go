// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// The kinds of outlines. The cache keeps only an outline of some recordings: what its
// indexes, the metrics and the queue need. The rest is read from the API server when there
// is something to do. Otherwise anyone who can write objects could fill the memory.
//
// The kind is stored in metadata.deletionGracePeriodSeconds, which nobody reads here and no
// user can set.
//
// A recording for which nothing is left to do has outlineAtRest. A recording that takes
// more memory than LargeBytes has its size, as a negative number.
const outlineAtRest int64 = -1

// LargeBytes is the largest size of a recording that is cached whole.
const LargeBytes = 16 << 10

// The outlines of most recordings share these values.
var (
	atRestKind     = outlineAtRest
	stopFinalizers = []string{v1alpha1.StopFinalizer}
)

// Reduce removes metadata that nobody reads from a recording. A recording that is at rest,
// or that takes more than largeBytes, becomes an outline.
func Reduce(recording *v1alpha1.CloudRecording, largeBytes int) {
	atRest, size := isAtRest(recording), 0
	if !atRest {
		size = memorySize(recording)
	}
	recording.Annotations = readAnnotations(recording.Annotations)
	recording.Labels = readLabels(recording.Labels)
	recording.OwnerReferences = nil
	recording.ManagedFields = nil
	shareStrings(recording)
	switch {
	case atRest:
		reduceAtRest(recording)
	case size > largeBytes:
		reduceLarge(recording, size)
	}
}

// isAtRest reports whether nothing is left to do for a recording, and nothing to report
// about it, until it is changed or a notification arrives.
func isAtRest(recording *v1alpha1.CloudRecording) bool {
	status := &recording.Status
	return recording.Spec.TTLSecondsAfterFinished == nil && status.Phase == v1alpha1.PhaseCompleted && status.ObservedGeneration == recording.Generation &&
		!lifecycle.IsDeleting(recording) && slices.Contains(recording.Finalizers, v1alpha1.StopFinalizer) &&
		meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ReadyCondition) &&
		!meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ExpiringCondition) &&
		!lifecycle.IsContradicted(*status) && !lifecycle.AwaitsStop(recording) && !lifecycle.HasOpenSession(recording) && !lifecycle.MayRestart(recording) &&
		len(clientrequest.NeededSecrets(recording)) == 0
}

func reduceAtRest(recording *v1alpha1.CloudRecording) {
	before := *recording
	*recording = v1alpha1.CloudRecording{TypeMeta: before.TypeMeta, ObjectMeta: before.ObjectMeta}
	recording.DeletionGracePeriodSeconds, recording.Finalizers = &atRestKind, stopFinalizers
	recording.Spec.CredentialsSecretRef, recording.Spec.ProfileRef = before.Spec.CredentialsSecretRef, before.Spec.ProfileRef
	recording.Status.Profile, recording.Status.StoppedReason = before.Status.Profile, lifecycle.ReasonOfEnd(&before.Status.SessionStatus)
	recording.Spec.SID, recording.Spec.Mode = lifecycle.IdentityOf(&before).SID, before.Spec.Mode
	recording.Status.Phase = before.Status.Phase
	recording.Status.ObservedGeneration = before.Status.ObservedGeneration
	for _, session := range before.Status.Sessions {
		recording.Status.Sessions = append(recording.Status.Sessions, outlineOfSettled(session))
	}
}

func reduceLarge(recording *v1alpha1.CloudRecording, size int) {
	recording.DeletionGracePeriodSeconds = ptr.To(-int64(size))
	recording.Finalizers = ownFinalizer(recording.Finalizers, stopFinalizers)
	reduceStart(recording.Spec.Start)
	outlineSession(&recording.Status.SessionStatus)
	for i := range recording.Status.Sessions {
		if session := &recording.Status.Sessions[i]; lifecycle.IsSettled(session) {
			*session = outlineOfSettled(*session)
		} else {
			outlineSession(session)
		}
	}
}

// reduceStart keeps what determines the Secrets that a start needs.
func reduceStart(start *v1alpha1.StartSpec) {
	if start == nil {
		return
	}
	start.ExcludeResourceIDs, start.RawParameters, start.SnapshotConfig = nil, nil, nil
	if config := start.RecordingConfig; config != nil {
		start.RecordingConfig = &v1alpha1.RecordingConfig{DecryptionMode: config.DecryptionMode, DecryptionSecretRef: config.DecryptionSecretRef}
	}
	if start.ExtensionServiceConfig == nil {
		return
	}
	for i := range start.ExtensionServiceConfig.ExtensionServices {
		start.ExtensionServiceConfig.ExtensionServices[i].ServiceParam.URL = ""
	}
}

// outlineSession keeps what identifies a session, and how far it is.
func outlineSession(session *v1alpha1.SessionStatus) {
	session.ExtensionServiceState, session.LastError = nil, nil
	// Whether there is any file distinguishes an empty channel from other ends.
	session.FileList = slices.Clone(session.FileList[:min(1, len(session.FileList))])
	for i := range session.Conditions {
		session.Conditions[i].Message = ""
	}
	if session.Verification != nil {
		session.Verification.MissingFiles = nil
	}
}

func outlineOfSettled(session v1alpha1.SessionStatus) v1alpha1.SessionStatus {
	return v1alpha1.SessionStatus{SID: session.SID, Phase: session.Phase}
}

// IsOutline reports whether a recording is an outline of any kind.
func IsOutline(recording *v1alpha1.CloudRecording) bool {
	return ptr.Deref(recording.DeletionGracePeriodSeconds, 0) < 0
}

// IsOutlineAtRest reports whether a recording is an outline of one that is at rest.
func IsOutlineAtRest(recording *v1alpha1.CloudRecording) bool {
	return ptr.Deref(recording.DeletionGracePeriodSeconds, 0) == outlineAtRest
}

// LargeSize returns how many bytes the whole recording takes if it became an outline
// because it is large, or zero otherwise.
func LargeSize(recording *v1alpha1.CloudRecording) int {
	if kind := ptr.Deref(recording.DeletionGracePeriodSeconds, 0); kind < outlineAtRest {
		return int(-kind)
	}
	return 0
}
