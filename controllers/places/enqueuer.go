// SPDX-License-Identifier: Apache-2.0

package places

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/indexes"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/usererror"
	"cloudrecording.dev/operator/controllers/profiles"
)

// Options are the parts that an Enqueuer needs.
type Options struct {
	// Reader reads recordings and profiles.
	Reader client.Reader

	// Credentials are those of the recordings' accounts.
	Credentials *secrets.Store[secrets.Credentials]

	// Pools are the places of all accounts.
	Pools *capacity.Pools

	// NoteAccount remembers which account a recording takes a place of.
	NoteAccount func(name types.NamespacedName, uid types.UID, account budget.Key)
}

// Enqueuer enqueues recordings when there is a place for them.
type Enqueuer struct {
	options  Options
	profiles *profiles.Resolver
	freed    chan event.TypedGenericEvent[*v1alpha1.CloudRecording]
}

// New returns an Enqueuer that has not counted yet.
func New(options Options) *Enqueuer {
	return &Enqueuer{
		options: options, profiles: profiles.NewResolver(options.Reader),
		freed: make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording]),
	}
}

// Freed returns the channel of recordings for which there is a place.
func (e *Enqueuer) Freed() <-chan event.TypedGenericEvent[*v1alpha1.CloudRecording] { return e.freed }

// Run counts the open sessions, and then enqueues recordings when there is a place for them.
func (e *Enqueuer) Run(ctx context.Context) error {
	if err := e.Count(ctx); err != nil {
		// The others are counted when they are reconciled.
		log.FromContext(ctx).Info("Failed to count all running recordings. Until they are reconciled, more may be started than maxRecordings allows", "cause", err.Error())
	}
	e.options.Pools.Open()
	e.options.Pools.Run(ctx, func(name types.NamespacedName) {
		recording := &v1alpha1.CloudRecording{}
		recording.Namespace, recording.Name = name.Namespace, name.Name
		select {
		case e.freed <- event.TypedGenericEvent[*v1alpha1.CloudRecording]{Object: recording}:
		case <-ctx.Done():
		}
	})
	return nil
}

// countingBackoff is the backoff for Secrets that could not be read.
var countingBackoff = wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Steps: 6}

// Count counts open sessions and queues waiting recordings, before anything is started.
func (e *Enqueuer) Count(ctx context.Context) error {
	uncounted, err := indexes.RunningOrWaiting(ctx, e.options.Reader)
	if err != nil {
		return err
	}
	var failed error
	err = wait.ExponentialBackoffWithContext(ctx, countingBackoff, func(ctx context.Context) (bool, error) {
		var left []v1alpha1.CloudRecording
		for i := range uncounted {
			if failed = e.countOne(ctx, &uncounted[i]); failed != nil {
				left = append(left, uncounted[i])
			}
		}
		uncounted = left
		return len(left) == 0, nil
	})
	if failed != nil {
		return failed
	}
	return err
}

// countOne counts a recording for the account of its Secret, if the Secret exists.
func (e *Enqueuer) countOne(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	// A waiting recording may get its Secret from its profile. An incomplete profile is found
	// when the recording is reconciled.
	if _, err := e.profiles.Resolve(ctx, recording); err != nil {
		return err //nolint:wrapcheck // it says what it is about
	}
	credentials, err := e.options.Credentials.Get(ctx, lifecycle.SecretName(recording))
	if problem, err := usererror.ProblemOf(err); problem != "" || err != nil {
		return err
	}
	e.options.Pools.State(credentials.Account, Source(recording), credentials.MaxRecordings)
	name := client.ObjectKeyFromObject(recording)
	e.options.Pools.Count(Key(recording, credentials), Request(recording), lifecycle.OpenSessions(&recording.Status), lifecycle.AwaitsStart(recording))
	// The reconcile that finds the object gone forgets it by this entry.
	e.options.NoteAccount(name, recording.UID, credentials.Account)
	if err := e.options.Reader.Get(ctx, name, &v1alpha1.CloudRecording{}); apierrors.IsNotFound(err) {
		e.options.Pools.Forget(budget.Owner(recording.UID))
	}
	return nil
}
