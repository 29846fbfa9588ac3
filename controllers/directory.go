// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

// Directory finds the recordings that a notification is about, and the secrets
// that sign their notifications. It works on every replica.
type Directory struct {
	recordings client.Reader
	// current reads from the API server.
	current client.Reader
	secrets *secretStore[[]byte]
	unheard *unheard
}

var _ notifications.Directory = (*Directory)(nil)

// sidIndex finds recordings by Agora's recording ID.
const sidIndex = "sid"

// startingIndex finds recordings that are being started by channel and uid.
const startingIndex = "starting"

func startingKey(cname, uid string) string { return uid + "/" + cname }

// beginningIndex finds recordings by channel of which another session may have
// begun since this replica heard of them last.
const beginningIndex = "beginning"

func startingKeys(recording *v1alpha1.CloudRecording) []string {
	if !mayHaveStarted(recording) && !hasSIDInDoubt(recording, &recording.Status) {
		return nil
	}
	return []string{startingKey(recording.Spec.CName, uidOf(recording.Spec.UID, &recording.Status.SessionStatus))}
}

func beginningKeys(recording *v1alpha1.CloudRecording) []string {
	if !startsItself(recording) || !needsCredentials(recording) {
		return nil
	}
	return []string{recording.Spec.CName}
}

// NewDirectory returns a directory of the recordings in a cache, which are those of a
// shard. It holds the metadata of Secrets, too. Secrets themselves, and what the cache
// may not show yet, are read from the API server.
func NewDirectory(ctx context.Context, cached cache.Cache, apiReader client.Reader, shard Shard) (*Directory, error) {
	err := errors.Join(
		indexRecordings(ctx, cached, sidIndex, sidsOf),
		indexRecordings(ctx, cached, startingIndex, startingKeys),
		indexRecordings(ctx, cached, beginningIndex, beginningKeys),
	)
	if err != nil {
		return nil, err
	}
	directory := &Directory{
		recordings: cached,
		current:    apiReader,
		unheard:    newUnheard(apiReader, shard),
		secrets: &secretStore[[]byte]{
			metadata: cached,
			secrets:  apiReader,
			parse: func(_ context.Context, secret *corev1.Secret) ([]byte, error) {
				return []byte(strings.TrimSpace(string(secret.Data[v1alpha1.NotificationSecretKey]))), nil
			},
			missing: func(name types.NamespacedName) secretError {
				return secretError(fmt.Sprintf("Secret %s does not exist", name))
			},
		},
	}
	return directory, directory.forgetDeletedSecrets(ctx, cached)
}

// forgetDeletedSecrets keeps nothing of a Secret that is gone.
func (d *Directory) forgetDeletedSecrets(ctx context.Context, informers cache.Informers) error {
	informer, err := informers.GetInformer(ctx, secretMetadata())
	if err != nil {
		return fmt.Errorf("watch the metadata of Secrets: %w", err)
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		DeleteFunc: func(object any) {
			if key, err := toolscache.DeletionHandlingObjectToName(object); err == nil {
				d.secrets.forget(types.NamespacedName{Namespace: key.Namespace, Name: key.Name})
			}
		},
	})
	if err != nil {
		return fmt.Errorf("watch the metadata of Secrets: %w", err)
	}
	return nil
}

// Recipients implements notifications.Directory.
func (d *Directory) Recipients(ctx context.Context, sid string) ([]notifications.Recipient, error) {
	return d.find(ctx, client.MatchingFields{sidIndex: sid})
}

// Starting implements notifications.Directory.
func (d *Directory) Starting(ctx context.Context, cname, uid string) ([]notifications.Recipient, error) {
	return d.find(ctx, client.MatchingFields{startingIndex: startingKey(cname, uid)})
}

// Beginning implements notifications.Directory.
func (d *Directory) Beginning(ctx context.Context, cname string) ([]notifications.Recipient, error) {
	return d.find(ctx, client.MatchingFields{beginningIndex: cname})
}

// Standing implements notifications.Directory.
func (d *Directory) Standing(ctx context.Context, recipient notifications.Recipient, sid string) (notifications.Standing, error) {
	recording := &v1alpha1.CloudRecording{}
	err := d.current.Get(ctx, recipient.Name, recording)
	switch {
	case apierrors.IsNotFound(err):
		return notifications.Stranger, nil
	case err != nil:
		return notifications.Stranger, fmt.Errorf("read the recording of a notification: %w", err)
	case recording.UID != recipient.UID:
		return notifications.Stranger, nil
	default:
		return standingOf(recording, sid), nil
	}
}

func standingOf(recording *v1alpha1.CloudRecording, sid string) notifications.Standing {
	switch {
	case slices.Contains(sidsOf(recording), sid):
		return notifications.Owner
	case mayHaveStarted(recording):
		return notifications.Undecided
	default:
		return notifications.Stranger
	}
}

// Unheard implements notifications.Directory.
func (d *Directory) Unheard(ctx context.Context, cname, sid string) ([]notifications.Recipient, error) {
	recordings, err := d.unheard.find(ctx, cname, sid)
	if err != nil {
		return nil, err
	}
	recipients, err := d.recipientsAmong(ctx, recordings)
	for i := range recipients {
		// Its Secret may not have been heard of either.
		recipients[i].Starting = true
	}
	return recipients, err
}

func (d *Directory) find(ctx context.Context, fields client.MatchingFields) ([]notifications.Recipient, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := d.recordings.List(ctx, list, fields, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("find the recordings of a notification: %w", err)
	}
	return d.recipientsAmong(ctx, list.Items)
}

func (d *Directory) recipientsAmong(ctx context.Context, recordings []v1alpha1.CloudRecording) ([]notifications.Recipient, error) {
	recipients := make([]notifications.Recipient, 0, len(recordings))
	for i := range recordings {
		recording := &recordings[i]
		secret, err := d.secrets.get(ctx, secretName(recording))
		var missing secretError
		if err != nil && !errors.As(err, &missing) {
			return nil, err
		}
		recipients = append(recipients, notifications.Recipient{
			Name:   client.ObjectKeyFromObject(recording),
			UID:    recording.UID,
			Secret: secret,

			// That the start was requested may not have been heard of here.
			Starting: awaitsStart(recording) && !isSuspended(recording),
		})
	}
	return recipients, nil
}

// noInbox is the inbox where no notifications are received.
type noInbox struct{}

func (noInbox) Pending(types.UID) []notifications.Event { return nil }

func (noInbox) Settle(types.UID, []notifications.Event) {}

func (noInbox) Concerned(types.NamespacedName) []types.UID { return nil }

func (noInbox) Discard(types.NamespacedName, types.UID) {}

func (noInbox) Arrived() <-chan event.TypedGenericEvent[*v1alpha1.CloudRecording] {
	return make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording])
}
