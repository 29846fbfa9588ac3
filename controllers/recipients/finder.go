// SPDX-License-Identifier: Apache-2.0

package recipients

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
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/usererror"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/fairqueue"
	"cloudrecording.dev/operator/controllers/shard"
)

// Finder finds the recordings that a notification is about, and the secrets that sign
// their notifications. It runs on every replica.
type Finder struct {
	recordings client.Reader
	// current reads from the API server.
	current  client.Reader
	secrets  *secrets.Store[[]byte]
	uncached *uncachedFinder
	ended    endedRecordings
	// unread are the Secrets to read before a notification needs them.
	unread workqueue.TypedInterface[types.NamespacedName]
}

var (
	_ notifications.RecipientFinder  = (*Finder)(nil)
	_ manager.Runnable               = (*Finder)(nil)
	_ manager.LeaderElectionRunnable = (*Finder)(nil)
)

const (
	// secretsReadAhead is how many Secrets are read per second before a notification
	// needs them.
	secretsReadAhead = 20

	// MaxSignersOfNamespace limits the Secrets of a namespace that are tried for one
	// notification. A notification is about one recording of one project.
	MaxSignersOfNamespace = 16
)

// sidIndex indexes recordings by Agora's recording ID.
const sidIndex = "sid"

// startingIndex indexes recordings that are being started, by channel and uid.
const startingIndex = "starting"

// beginningIndex indexes, by channel, the recordings that may have begun another session
// since this replica last saw them.
const beginningIndex = "beginning"

// NewFinder returns a finder of the recordings in a cache, which contains those of a
// shard. The cache also contains the metadata of Secrets. The Secrets themselves, and
// recordings that the cache may not show yet, are read from the API server.
func NewFinder(ctx context.Context, cached cache.Cache, apiReader client.Reader, own shard.Shard) (*Finder, error) {
	err := errors.Join(
		shard.IndexRecordings(ctx, cached, sidIndex, lifecycle.SIDsOf),
		shard.IndexRecordings(ctx, cached, startingIndex, lifecycle.StartingKeys),
		shard.IndexRecordings(ctx, cached, beginningIndex, lifecycle.BeginningKeys),
	)
	if err != nil {
		return nil, err
	}
	directory := &Finder{
		recordings: cached,
		current:    apiReader,
		uncached:   newUncachedFinder(apiReader, own),
		ended:      newEndedRecordings(),
		unread: workqueue.NewTypedWithConfig(
			workqueue.TypedQueueConfig[types.NamespacedName]{Queue: fairqueue.New()}),
		secrets: secrets.NewStore(cached, apiReader, func(_ context.Context, secret *corev1.Secret) ([]byte, error) {
			return []byte(strings.TrimSpace(string(secret.Data[v1alpha1.NotificationSecretKey]))), nil
		}),
	}
	return directory, errors.Join(directory.followSecrets(ctx, cached), directory.followRecordings(ctx, cached))
}

// NeedLeaderElection returns false because every replica needs the secrets.
func (d *Finder) NeedLeaderElection() bool { return false }

// Start reads the Secrets that recordings name. So a notification need not wait for that,
// and a notification that was signed with a known secret can be recognized.
func (d *Finder) Start(ctx context.Context) error {
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
		var missing usererror.Error
		if _, err := d.secrets.Get(ctx, name); err != nil && !errors.As(err, &missing) && ctx.Err() == nil {
			log.FromContext(ctx).V(1).Info("Could not read a Secret in advance. It is read when a notification needs it", "secret", name, "cause", err.Error())
		}
		d.unread.Done(name)
	}
}

// followRecordings queues the Secrets of recordings that may receive notifications, and
// remembers deleted recordings that had ended.
func (d *Finder) followRecordings(ctx context.Context, informers cache.Informers) error {
	informer, err := informers.GetInformer(ctx, &v1alpha1.CloudRecording{})
	if err != nil {
		return fmt.Errorf("watch recordings: %w", err)
	}
	read := func(object any) {
		if recording, ok := object.(*v1alpha1.CloudRecording); ok && lifecycle.NeedsCredentials(recording) && !d.secrets.Has(lifecycle.SecretName(recording)) {
			d.unread.Add(lifecycle.SecretName(recording))
		}
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc: read, UpdateFunc: func(_, object any) { read(object) }, DeleteFunc: d.ended.noteDeleted,
	})
	if err != nil {
		return fmt.Errorf("watch recordings: %w", err)
	}
	return nil
}

// followSecrets queues a changed Secret to be read again, and forgets a deleted one.
func (d *Finder) followSecrets(ctx context.Context, informers cache.Informers) error {
	informer, err := informers.GetInformer(ctx, secrets.Metadata())
	if err != nil {
		return fmt.Errorf("watch the metadata of Secrets: %w", err)
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		UpdateFunc: func(_, object any) {
			if secret, ok := object.(client.Object); ok && d.secrets.Has(client.ObjectKeyFromObject(secret)) {
				d.unread.Add(client.ObjectKeyFromObject(secret))
			}
		},
		DeleteFunc: func(object any) {
			if key, err := toolscache.DeletionHandlingObjectToName(object); err == nil {
				d.secrets.Forget(types.NamespacedName{Namespace: key.Namespace, Name: key.Name})
			}
		},
	})
	if err != nil {
		return fmt.Errorf("watch the metadata of Secrets: %w", err)
	}
	return nil
}

// Recipients implements notifications.RecipientFinder.
func (d *Finder) Recipients(ctx context.Context, sid string) ([]notifications.Recipient, error) {
	return d.find(ctx, client.MatchingFields{sidIndex: sid})
}

// Starting implements notifications.RecipientFinder.
func (d *Finder) Starting(ctx context.Context, cname, uid string) ([]notifications.Recipient, error) {
	return d.find(ctx, client.MatchingFields{startingIndex: lifecycle.StartingKey(cname, uid)})
}

// Beginning implements notifications.RecipientFinder.
func (d *Finder) Beginning(ctx context.Context, cname string) ([]notifications.Recipient, error) {
	return d.find(ctx, client.MatchingFields{beginningIndex: cname})
}

// Signers implements notifications.RecipientFinder.
func (d *Finder) Signers(hasSigned func(secret []byte) bool) []string {
	namespaces := map[string][]string{}
	for name, secret := range d.secrets.All() {
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
	case slices.Contains(lifecycle.SIDsOf(recording), sid):
		return notifications.Owner
	case lifecycle.MayHaveStarted(recording):
		return notifications.Undecided
	default:
		return notifications.Unrelated
	}
}

// Claimants implements notifications.RecipientFinder.
func (d *Finder) Claimants(ctx context.Context, cname, sid string, signers []string) ([]notifications.Claimant, error) {
	claims, err := d.uncached.find(ctx, cname, sid, signers)
	if apierrors.IsBadRequest(err) {
		// The CRD is from an older version, in which the field is not selectable.
		claims, err = d.readBeginning(ctx, cname, sid)
	}
	if err != nil {
		return nil, err
	}
	claimants := make([]notifications.Claimant, 0, len(claims))
	for i, recipient := range d.recipientsAmong(ctx, claims) {
		claimant := notifications.Claimant{Recipient: recipient, Standing: claims[i].standing}
		if !claimant.Starting {
			// This replica may not know the Secret either.
			claimant.Starting = d.recordings.Get(ctx, claimant.Name, &v1alpha1.CloudRecording{}) != nil
		}
		claimants = append(claimants, claimant)
	}
	return claimants, nil
}

// readBeginning reads, one by one, the recordings of a channel that may have been started
// since this replica last saw them.
func (d *Finder) readBeginning(ctx context.Context, cname, sid string) ([]claim, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := d.recordings.List(ctx, list, client.MatchingFields{beginningIndex: cname}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("find the recordings of a notification: %w", err)
	}
	if len(list.Items) > UncachedPage {
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

func (d *Finder) find(ctx context.Context, fields client.MatchingFields) ([]notifications.Recipient, error) {
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

// recipientsAmong returns recordings as recipients, with the secrets of their
// notifications if they can be read.
func (d *Finder) recipientsAmong(ctx context.Context, claims []claim) []notifications.Recipient {
	type outcome struct {
		secret []byte
		err    error
	}
	outcomes := map[types.NamespacedName]outcome{}
	signers := map[string]int{}
	recipients := make([]notifications.Recipient, 0, len(claims))
	for _, claim := range claims {
		read, ok := outcomes[claim.secret]
		if !ok && signers[claim.name.Namespace] < MaxSignersOfNamespace {
			signers[claim.name.Namespace]++
			read.secret, read.err = d.secrets.Get(ctx, claim.secret)
			var missing usererror.Error
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
