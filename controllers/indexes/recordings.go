// SPDX-License-Identifier: Apache-2.0

package indexes

import (
	"context"
	"errors"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/resolution"
	"cloudrecording.dev/operator/controllers/shard"
)

// Index is the name of an index by which the cache finds recordings.
type Index string

const (
	// NeededSecret finds the recordings that need a Secret for any purpose.
	NeededSecret Index = "secret"

	// HeldSecret finds the recordings that must keep a Secret from being deleted.
	HeldSecret Index = "held"

	// AwaitedProfile finds the recordings that wait for a profile to take effect.
	AwaitedProfile Index = "awaited-profile"

	// NamedProfile finds all recordings that name a profile.
	NamedProfile Index = "profile"
)

// placeIndex finds the recordings that run or wait to be started. Its only key is placeTaken.
const placeIndex Index = "place"

const placeTaken = "taken"

// AddForRecordings adds the indexes of recordings to the cache.
func AddForRecordings(ctx context.Context, indexer client.FieldIndexer) error {
	add := func(index Index, keys func(*v1alpha1.CloudRecording) []string) error {
		return shard.IndexRecordings(ctx, indexer, string(index), keys)
	}
	return errors.Join(
		add(AwaitedProfile, awaitedProfile),
		add(NamedProfile, namedProfile),
		add(placeIndex, takenPlace),
		add(NeededSecret, clientrequest.NeededSecrets),
		add(HeldSecret, clientrequest.HeldSecrets),
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

// RecordingsOf lists the recordings in the cache that an index has for a Secret or profile.
func RecordingsOf(
	ctx context.Context, reader client.Reader, index Index, of client.ObjectKey, options ...client.ListOption,
) ([]v1alpha1.CloudRecording, error) {
	list := &v1alpha1.CloudRecordingList{}
	options = append(options, client.InNamespace(of.Namespace), client.MatchingFields{string(index): of.Name})
	if err := reader.List(ctx, list, options...); err != nil {
		return nil, fmt.Errorf("list the recordings of %s in the index %q: %w", of, index, err)
	}
	return list.Items, nil
}

// RunningOrWaiting lists the recordings in the cache that run or wait to be started, in all
// namespaces.
func RunningOrWaiting(ctx context.Context, reader client.Reader) ([]v1alpha1.CloudRecording, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := reader.List(ctx, list, client.MatchingFields{string(placeIndex): placeTaken}); err != nil {
		return nil, fmt.Errorf("list the recordings that run or wait: %w", err)
	}
	return list.Items, nil
}
