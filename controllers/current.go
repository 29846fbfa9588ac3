// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// currentRetry gives a cache that has lost its watch time to catch up.
const currentRetry = time.Second

// isCurrent reports whether the version of the object that the decision was based on is still
// the newest. It asks the API server, unless this process wrote that version itself. The cache
// may not show another leader's write yet, and a start cannot be taken back.
func (r *CloudRecordingReconciler) isCurrent(ctx context.Context, recording *v1alpha1.CloudRecording) (bool, error) {
	name := client.ObjectKeyFromObject(recording)
	known, _ := r.tracker.get(name)
	if known.current == recording.ResourceVersion {
		return true, nil
	}
	stored := &metav1.PartialObjectMetadata{}
	stored.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecording"))
	if err := r.APIReader.Get(ctx, name, stored); err != nil {
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return false, fmt.Errorf("ask for the version of the object: %w", err)
	}
	if stored.ResourceVersion != recording.ResourceVersion {
		return false, nil
	}
	known.current = stored.ResourceVersion
	r.tracker.set(name, known)
	return true, nil
}

// isBehind reports whether a notification is about a session that the cached object lacks.
// The notification was accepted because the object has that session, so the cache lags.
// Deciding by the cached object would drop the notification as somebody else's.
func (r *CloudRecordingReconciler) isBehind(recording *v1alpha1.CloudRecording) bool {
	events := r.Inbox.Pending(recording.UID)
	if len(events) == 0 {
		return false
	}
	sids := lifecycle.SIDsOf(recording)
	return slices.ContainsFunc(events, func(event notifications.Event) bool { return !slices.Contains(sids, event.SID) })
}
