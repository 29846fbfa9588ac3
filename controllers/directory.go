// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/time/rate"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"

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
	// unread are the Secrets to be read before a notification needs them.
	unread workqueue.TypedInterface[types.NamespacedName]
}

var (
	_ notifications.Directory        = (*Directory)(nil)
	_ manager.Runnable               = (*Directory)(nil)
	_ manager.LeaderElectionRunnable = (*Directory)(nil)
)

const (
	// secretsReadAhead is how many Secrets are read in a second before a notification
	// needs them.
	secretsReadAhead = 20

	// maxSignersOfNamespace bounds the Secrets of a namespace that are tried for one
	// notification, which is about one recording of one project.
	maxSignersOfNamespace = 16
)

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
		unread: workqueue.NewTypedWithConfig(
			workqueue.TypedQueueConfig[types.NamespacedName]{Queue: notifications.NewTurns()}),
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
	return directory, errors.Join(directory.followSecrets(ctx, cached), directory.followRecordings(ctx, cached))
}

// NeedLeaderElection says that every replica knows the secrets.
func (d *Directory) NeedLeaderElection() bool { return false }

// Start reads the Secrets that recordings name, so that a notification need not wait
// for that, and tells a body that somebody known has signed from others.
func (d *Directory) Start(ctx context.Context) error {
	go func() {
		<-ctx.Done()
		d.unread.ShutDown()
	}()
	pace := rate.NewLimiter(secretsReadAhead, 1)
	for {
		name, ended := d.unread.Get()
		if ended || pace.Wait(ctx) != nil {
			return nil
		}
		var missing secretError
		if _, err := d.secrets.get(ctx, name); err != nil && !errors.As(err, &missing) && ctx.Err() == nil {
			log.FromContext(ctx).V(1).Info("A Secret is read when a notification needs it", "secret", name, "cause", err.Error())
		}
		d.unread.Done(name)
	}
}

// followRecordings has the Secrets of recordings read for which notifications may come.
func (d *Directory) followRecordings(ctx context.Context, informers cache.Informers) error {
	informer, err := informers.GetInformer(ctx, &v1alpha1.CloudRecording{})
	if err != nil {
		return fmt.Errorf("watch recordings: %w", err)
	}
	read := func(object any) {
		if recording, ok := object.(*v1alpha1.CloudRecording); ok && needsCredentials(recording) && !d.secrets.has(secretName(recording)) {
			d.unread.Add(secretName(recording))
		}
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc: read, UpdateFunc: func(_, object any) { read(object) },
	})
	if err != nil {
		return fmt.Errorf("watch recordings: %w", err)
	}
	return nil
}

// followSecrets reads a Secret anew that has changed, and keeps nothing of one that is
// gone.
func (d *Directory) followSecrets(ctx context.Context, informers cache.Informers) error {
	informer, err := informers.GetInformer(ctx, secretMetadata())
	if err != nil {
		return fmt.Errorf("watch the metadata of Secrets: %w", err)
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		UpdateFunc: func(_, object any) {
			if secret, ok := object.(client.Object); ok && d.secrets.has(client.ObjectKeyFromObject(secret)) {
				d.unread.Add(client.ObjectKeyFromObject(secret))
			}
		},
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

// Signers implements notifications.Directory.
func (d *Directory) Signers(hasSigned func(secret []byte) bool) []string {
	namespaces := map[string][]string{}
	for name, secret := range d.secrets.all() {
		namespaces[string(secret)] = append(namespaces[string(secret)], name.Namespace)
	}
	for secret, signers := range namespaces {
		if hasSigned([]byte(secret)) {
			slices.Sort(signers)
			return slices.Compact(signers)
		}
	}
	return nil
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

// Claimants implements notifications.Directory.
func (d *Directory) Claimants(ctx context.Context, cname, sid string, signers []string) ([]notifications.Claimant, error) {
	claims, err := d.unheard.find(ctx, cname, sid, signers)
	if apierrors.IsBadRequest(err) {
		// The CRD is of an older version, in which the field cannot be selected.
		claims, err = d.readBeginning(ctx, cname, sid)
	}
	if err != nil {
		return nil, err
	}
	claimants := make([]notifications.Claimant, 0, len(claims))
	for i, recipient := range d.recipientsAmong(ctx, claims) {
		claimant := notifications.Claimant{Recipient: recipient, Standing: claims[i].standing}
		if !claimant.Starting {
			// Its Secret may not have been heard of either.
			claimant.Starting = d.recordings.Get(ctx, claimant.Name, &v1alpha1.CloudRecording{}) != nil
		}
		claimants = append(claimants, claimant)
	}
	return claimants, nil
}

// readBeginning reads the recordings of a channel one by one that may have been
// started since this replica heard of them.
func (d *Directory) readBeginning(ctx context.Context, cname, sid string) ([]claim, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := d.recordings.List(ctx, list, client.MatchingFields{beginningIndex: cname}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("find the recordings of a notification: %w", err)
	}
	if len(list.Items) > unheardPage {
		return nil, errTooManyOfChannel
	}
	var claims []claim
	for i := range list.Items {
		recording := &v1alpha1.CloudRecording{}
		err := d.current.Get(ctx, client.ObjectKeyFromObject(&list.Items[i]), recording)
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("read the recording of a notification: %w", err)
		}
		if err == nil {
			claims = append(claims, claimOf(recording, sid))
		}
	}
	return claims, nil
}

func (d *Directory) find(ctx context.Context, fields client.MatchingFields) ([]notifications.Recipient, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := d.recordings.List(ctx, list, fields, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("find the recordings of a notification: %w", err)
	}
	claims := make([]claim, 0, len(list.Items))
	for i := range list.Items {
		claims = append(claims, claimOf(&list.Items[i], ""))
	}
	return d.recipientsAmong(ctx, claims), nil
}

// recipientsAmong returns recordings as recipients, each with the secret of its
// notifications as far as that can be read.
func (d *Directory) recipientsAmong(ctx context.Context, claims []claim) []notifications.Recipient {
	type outcome struct {
		secret []byte
		err    error
	}
	outcomes := map[types.NamespacedName]outcome{}
	signers := map[string]int{}
	recipients := make([]notifications.Recipient, 0, len(claims))
	for _, claim := range claims {
		read, ok := outcomes[claim.secret]
		if !ok && signers[claim.name.Namespace] < maxSignersOfNamespace {
			signers[claim.name.Namespace]++
			read.secret, read.err = d.secrets.get(ctx, claim.secret)
			var missing secretError
			if errors.As(read.err, &missing) {
				read.err = nil
			}
			outcomes[claim.secret] = read
		}
		recipients = append(recipients, notifications.Recipient{
			Name: claim.name, UID: claim.uid, Secret: read.secret, Unreadable: read.err, Starting: claim.starting,
		})
	}
	return recipients
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
