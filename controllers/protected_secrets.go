// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// protectionRecheck is for a Secret that keeps its finalizer after all, of which
	// no watch tells.
	protectionRecheck = 200 * time.Millisecond

	// protectionPatience is how long a start waits for its Secrets to get the
	// finalizer before that is said.
	protectionPatience = 30 * time.Second

	// protectionRetry lets the finalizer come back that was there a moment ago.
	protectionRetry = 100 * time.Millisecond
)

// unprotectedSecret is a Secret that a recording may need for its stop, and that
// may go before. Its zero value is none.
type unprotectedSecret struct {
	name string
	// isGoing says that it is being deleted, and cannot be kept any more.
	isGoing bool
}

// secretsOfStart returns the names of the Secrets that must stay once the recording
// may have been started: the credentials to stop it, and what the start is repeated
// with if its answer is lost. Those with an address to push to are left out, as in
// heldSecrets.
func secretsOfStart(recording *v1alpha1.CloudRecording) []string {
	names := []string{recording.Spec.CredentialsSecretRef.Name}
	for _, need := range (&startSecrets{}).needs(recording) {
		if need.key != v1alpha1.RTMPURLKey && !slices.Contains(names, need.secret) {
			names = append(names, need.secret)
		}
	}
	return names
}

// isAboutToStart says whether Agora has given out what the recording is started
// with.
func isAboutToStart(recording *v1alpha1.CloudRecording) bool {
	return awaitsStart(recording) && recording.Status.ResourceID != ""
}

// findUnprotected returns a Secret of the start that lacks the finalizer.
func (r *CloudRecordingReconciler) findUnprotected(ctx context.Context, recording *v1alpha1.CloudRecording) (unprotectedSecret, error) {
	for _, name := range secretsOfStart(recording) {
		metadata := secretMetadata()
		key := types.NamespacedName{Namespace: recording.Namespace, Name: name}
		err := r.Client.Get(ctx, key, metadata)
		switch {
		case apierrors.IsNotFound(err):
			return unprotectedSecret{name: name, isGoing: true}, nil
		case err != nil:
			return unprotectedSecret{}, fmt.Errorf("read the metadata of Secret %q: %w", name, err)
		case !controllerutil.ContainsFinalizer(metadata, v1alpha1.InUseFinalizer):
			return unprotectedSecret{name: name, isGoing: !metadata.DeletionTimestamp.IsZero()}, nil
		case r.releases.concerns(key, metadata.ResourceVersion):
			return unprotectedSecret{name: name}, nil
		}
	}
	return unprotectedSecret{}, nil
}

// mayBegin says, right before a start, whether its Secrets are still protected. A
// start that may have taken effect is repeated in any case: only so its sid is learnt.
func (r *CloudRecordingReconciler) mayBegin(ctx context.Context, recording *v1alpha1.CloudRecording, d decision) (bool, error) {
	if d.action != actionStart || !d.memory.startsKnown {
		return true, nil
	}
	unprotected, err := r.findUnprotected(ctx, recording)
	return unprotected.name == "", err
}

// awaitsProtection says whether the start waits until its Secrets cannot go before
// the recording is stopped: the deletion of a namespace deletes all of them.
func (d *decider) awaitsProtection(trouble *trouble) bool {
	unprotected := d.observed.unprotected
	mayRun := d.status.StartRequestedTime != nil && !d.memory.startsKnown
	if unprotected.name == "" || mayRun || d.status.ResourceID == "" || d.status.AcquiredTime == nil {
		return false
	}
	patience := d.status.AcquiredTime.Add(protectionPatience)
	if !unprotected.isGoing && patience.After(d.observed.now) {
		d.lookAt(d.observed.now.Add(protectionRecheck), patience)
		return true
	}
	d.standStill(trouble, troubleOf(v1alpha1.SecretNotProtectedReason, unprotected.problem()))
	return true
}

// problem says what to do for the Secret to be kept.
func (u unprotectedSecret) problem() string {
	if u.isGoing {
		return fmt.Sprintf("The recording is not started: Secret %q is being deleted, and without it the recording could not be stopped. Create it again once it is gone.", u.name)
	}
	return fmt.Sprintf("The recording is not started: Secret %q has not got the finalizer %s, which keeps it until the recording is stopped."+
		" Look into the operator's log, and at the roles and policies that keep the operator from changing the Secret's finalizers.", u.name, v1alpha1.InUseFinalizer)
}
