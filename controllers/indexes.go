// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/resolution"
	"cloudrecording.dev/operator/controllers/profiles"
	"cloudrecording.dev/operator/controllers/shard"
)

// secretIndex finds the recordings that need a Secret, for whatever, in the cache.
const secretIndex = "secret"

// heldIndex finds those that must keep a Secret.
const heldIndex = "held"

// awaitedIndex finds the recordings for which a profile does not hold yet, and
// profileIndex all that name it.
const (
	awaitedIndex = "awaited-profile"
	profileIndex = "profile"
)

// placeIndex finds the recordings that run or wait to be started, by placeTaken.
const (
	placeIndex = "place"
	placeTaken = "taken"
)

func indexRecordings(ctx context.Context, indexer client.FieldIndexer) error {
	return errors.Join(
		shard.IndexRecordings(ctx, indexer, awaitedIndex, awaitedProfile),
		shard.IndexRecordings(ctx, indexer, profileIndex, namedProfile),
		shard.IndexRecordings(ctx, indexer, placeIndex, takenPlace),
		shard.IndexRecordings(ctx, indexer, secretIndex, clientrequest.NeededSecrets),
		shard.IndexRecordings(ctx, indexer, heldIndex, clientrequest.HeldSecrets),
	)
}

func takenPlace(recording *v1alpha1.CloudRecording) []string {
	if lifecycle.OpenSessions(&recording.Status) == 0 && !lifecycle.AwaitsStart(recording) {
		return nil
	}
	return []string{placeTaken}
}

func namedProfile(recording *v1alpha1.CloudRecording) []string {
	if recording.Spec.ProfileRef == nil {
		return nil
	}
	return []string{recording.Spec.ProfileRef.Name}
}

func awaitedProfile(recording *v1alpha1.CloudRecording) []string {
	if !resolution.Awaits(recording) || lifecycle.HasEnded(&recording.Status.SessionStatus) {
		return nil
	}
	return namedProfile(recording)
}

// indexProfiles has the cache find profiles by the Secrets that they name.
func indexProfiles(ctx context.Context, indexer client.FieldIndexer) error {
	err := indexer.IndexField(ctx, &v1alpha1.CloudRecordingProfile{}, secretIndex, func(object client.Object) []string {
		profile, ok := object.(*v1alpha1.CloudRecordingProfile)
		if !ok {
			return nil
		}
		return clientrequest.NamedSecrets(profiles.Sample(profile))
	})
	if err != nil {
		return fmt.Errorf("index profiles by %q: %w", secretIndex, err)
	}
	return nil
}

// profilesNaming lists the profiles that name a Secret.
func profilesNaming(ctx context.Context, reader client.Reader, secret client.ObjectKey) ([]v1alpha1.CloudRecordingProfile, error) {
	list := &v1alpha1.CloudRecordingProfileList{}
	if err := reader.List(ctx, list, client.InNamespace(secret.Namespace), client.MatchingFields{secretIndex: secret.Name}); err != nil {
		return nil, fmt.Errorf("list the profiles that name Secret %s: %w", secret, err)
	}
	return list.Items, nil
}

// recordingsInCache lists the recordings in the cache that an index has for a
// Secret or a profile.
func recordingsInCache(
	ctx context.Context, reader client.Reader, index string, of client.ObjectKey, options ...client.ListOption,
) ([]v1alpha1.CloudRecording, error) {
	list := &v1alpha1.CloudRecordingList{}
	options = append(options, client.InNamespace(of.Namespace), client.MatchingFields{index: of.Name})
	if err := reader.List(ctx, list, options...); err != nil {
		return nil, fmt.Errorf("list the recordings of %s in the index %q: %w", of, index, err)
	}
	return list.Items, nil
}

// isNeeded asks the API server whether a recording may still need a Secret. That of a
// recording may be named by its profile, so that no field of the spec tells.
func isNeeded(ctx context.Context, reader client.Reader, secret client.ObjectKey) (bool, error) {
	needed, err := isNeededBy(ctx, reader, secret, &client.ListOptions{FieldSelector: fields.ParseSelectorOrDie(lifecycle.NotCompleted)})
	if apierrors.IsBadRequest(err) {
		// The CRD is of an older version, in which the field cannot be selected.
		return isNeededBy(ctx, reader, secret, &client.ListOptions{})
	}
	return needed, err
}

// isNeededBy asks the API server whether one of the selected recordings of the namespace
// may still need a Secret.
func isNeededBy(ctx context.Context, reader client.Reader, secret client.ObjectKey, selected client.ListOption) (bool, error) {
	list := &v1alpha1.CloudRecordingList{}
	for {
		err := reader.List(ctx, list, selected, client.InNamespace(secret.Namespace), client.Limit(shard.ListPage), client.Continue(list.Continue))
		if err != nil {
			return false, fmt.Errorf("list the recordings that use Secret %s: %w", secret, err)
		}
		for i := range list.Items {
			if slices.Contains(clientrequest.HeldSecrets(&list.Items[i]), secret.Name) {
				return true, nil
			}
		}
		if list.Continue == "" {
			return false, nil
		}
	}
}
