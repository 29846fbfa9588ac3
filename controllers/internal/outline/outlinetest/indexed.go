// SPDX-License-Identifier: Apache-2.0

// Package outlinetest helps to test outlines of recordings.
package outlinetest

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Indexed returns what the indexes of the cache, the metrics and the queue read from a
// recording.
func Indexed(recording *v1alpha1.CloudRecording) map[string]any {
	indexed := map[string]any{
		"sids": lifecycle.SIDsOf(recording), "starting": lifecycle.StartingKeys(recording), "beginning": lifecycle.BeginningKeys(recording),
		"needed": slices.Sorted(slices.Values(clientrequest.NeededSecrets(recording))),
		"held":   slices.Sorted(slices.Values(clientrequest.HeldSecrets(recording))),
		"secret": lifecycle.SecretName(recording), "mode": recording.Spec.Mode, "urgent": lifecycle.IsUrgent(recording),
		"phase": recording.Status.Phase, "contradicted": lifecycle.IsContradicted(recording.Status),
		"expiring":   meta.IsStatusConditionTrue(recording.Status.Conditions, v1alpha1.ExpiringCondition),
		"generation": recording.Generation, "deleted": recording.DeletionTimestamp,
		"reconcileAt": recording.Annotations[v1alpha1.ReconcileAtAnnotation], "uid": recording.UID, "version": recording.ResourceVersion,
	}
	if lifecycle.AwaitsStop(recording) {
		indexed["stop wanted since"] = lifecycle.StopWantedSince(recording)
	}
	return indexed
}
