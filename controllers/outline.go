// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// The kinds of outlines. Of some recordings the cache keeps an outline: what its
// indexes, the metrics and the queue need. The rest is read from the API server when
// there is something to do. Memory would belong to whoever can write objects otherwise.
//
// The kind stands in place of metadata.deletionGracePeriodSeconds, which nobody reads
// here, and which no user can set.
//
// A recording for which nothing is left to do has outlineAtRest. One that takes more
// memory than outlineBytes has how much it takes, as a negative number.
const outlineAtRest int64 = -1

// outlineBytes is how large a recording that is cached whole may be.
const outlineBytes = 16 << 10

// The outlines of most recordings share these.
var (
	atRestKind     = outlineAtRest
	stopFinalizers = []string{v1alpha1.StopFinalizer}
)

// reduce keeps what is read of a recording: all but metadata that nobody reads, and of
// one that is at rest or large an outline.
func reduce(recording *v1alpha1.CloudRecording) {
	atRest, size := isAtRest(recording), 0
	if !atRest {
		size = memorySize(recording)
	}
	recording.Annotations = readAnnotations(recording.Annotations)
	recording.Labels = nil
	recording.OwnerReferences = nil
	recording.ManagedFields = nil
	shareStrings(recording)
	switch {
	case atRest:
		reduceAtRest(recording)
	case size > outlineBytes:
		reduceLarge(recording, size)
	}
}

// isAtRest says whether nothing is left to do for a recording, and nothing to be
// said of it, until it is changed or notified.
func isAtRest(recording *v1alpha1.CloudRecording) bool {
	status := &recording.Status
	return status.Phase == v1alpha1.PhaseCompleted && status.ObservedGeneration == recording.Generation &&
		!isDeleting(recording) && controllerutil.ContainsFinalizer(recording, v1alpha1.StopFinalizer) &&
		meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ReadyCondition) &&
		!meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ExpiringCondition) &&
		!isContradicted(*status) && !awaitsStop(recording) && !owesSession(recording) && !mayRestart(recording) &&
		len(neededSecrets(recording)) == 0
}

func reduceAtRest(recording *v1alpha1.CloudRecording) {
	before := *recording
	*recording = v1alpha1.CloudRecording{TypeMeta: before.TypeMeta, ObjectMeta: before.ObjectMeta}
	recording.DeletionGracePeriodSeconds, recording.Finalizers = &atRestKind, stopFinalizers
	recording.Spec.CredentialsSecretRef = before.Spec.CredentialsSecretRef
	recording.Spec.SID = identityOf(&before).SID
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
		if session := &recording.Status.Sessions[i]; isSettled(session) {
			*session = outlineOfSettled(*session)
		} else {
			outlineSession(session)
		}
	}
}

// reduceStart keeps which Secrets a start needs.
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

// outlineSession keeps what says which session it is, and how far it is.
func outlineSession(session *v1alpha1.SessionStatus) {
	session.ExtensionServiceState, session.LastError = nil, nil
	// Whether there is any file tells an empty channel from others.
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

// isOutline says whether a recording is an outline of any kind.
func isOutline(recording *v1alpha1.CloudRecording) bool {
	return ptr.Deref(recording.DeletionGracePeriodSeconds, 0) < 0
}

func isOutlineAtRest(recording *v1alpha1.CloudRecording) bool {
	return ptr.Deref(recording.DeletionGracePeriodSeconds, 0) == outlineAtRest
}

// largeSize returns how many bytes the recording takes that an outline was made of
// since it is large; zero for any other.
func largeSize(recording *v1alpha1.CloudRecording) int {
	if kind := ptr.Deref(recording.DeletionGracePeriodSeconds, 0); kind < outlineAtRest {
		return int(-kind)
	}
	return 0
}

// isQuiet says whether a recording from the cache can be left alone: it is at rest,
// and nothing has come for it.
func (r *CloudRecordingReconciler) isQuiet(recording *v1alpha1.CloudRecording, known remembered) bool {
	return isOutlineAtRest(recording) && !r.hasAnswer(recording, known) && len(r.Inbox.Pending(recording.UID)) == 0
}

// hasAnswer says whether a call or a look is under way for a recording, or what came of
// it is to be written.
func (r *CloudRecordingReconciler) hasAnswer(recording *v1alpha1.CloudRecording, known remembered) bool {
	return !known.unwritten.since.IsZero() || r.ending.Load() || r.calls.holds(recording.UID) || r.looks.holds(recording.UID)
}

// complete reads the whole of a recording of which the cache holds an outline, or that
// has news of a session which the cache does not show. It returns nil if nothing is to be
// done yet, or if there is another one now, which the cache will show.
func (r *CloudRecordingReconciler) complete(
	ctx context.Context, recording *v1alpha1.CloudRecording, known *remembered,
) (*v1alpha1.CloudRecording, reconcile.Result, error) {
	name := client.ObjectKeyFromObject(recording)
	if !r.isBehind(recording) {
		if !isOutline(recording) {
			return recording, reconcile.Result{}, nil
		}
		if r.isQuiet(recording, *known) {
			r.forget(name)
			return nil, reconcile.Result{}, nil
		}
		if wait := r.awaitRead(recording, known); wait > 0 {
			r.memories.set(name, *known)
			return nil, reconcile.Result{RequeueAfter: wait}, nil
		}
	}
	whole := &v1alpha1.CloudRecording{}
	err := r.APIReader.Get(ctx, name, whole)
	switch {
	case apierrors.IsNotFound(err):
		return nil, reconcile.Result{}, nil
	case err != nil:
		return nil, reconcile.Result{}, fmt.Errorf("read the whole object: %w", err)
	case whole.UID != recording.UID:
		return nil, reconcile.Result{}, nil
	default:
		return whole, reconcile.Result{}, nil
	}
}
