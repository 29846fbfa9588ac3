// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/usererror"
	"cloudrecording.dev/operator/controllers/profiles"
)

// sourceOf returns the name of the Secret with the recording's credentials.
func sourceOf(recording *v1alpha1.CloudRecording) budget.Source {
	return budget.Source(lifecycle.SecretName(recording).String())
}

// placeKey returns the account and App ID whose places the recording needs.
func placeKey(recording *v1alpha1.CloudRecording, credentials secrets.Credentials) capacity.Key {
	return capacity.Key{Account: credentials.Account, AppID: recording.Spec.AppID}
}

// placeRequest returns the recording's request for a place. Waiting requests are ordered by the
// start of their windows.
func placeRequest(recording *v1alpha1.CloudRecording) capacity.Request {
	return capacity.Request{
		Owner: budget.Owner(recording.UID), Name: client.ObjectKeyFromObject(recording),
		OpensAt: lifecycle.OpensAt(recording), Created: recording.CreationTimestamp.Time,
	}
}

// notePlace notes whether an answer of Agora says that there is room for recordings.
func (c *caller) notePlace(recording *v1alpha1.CloudRecording, answer agora.Answer) {
	switch {
	case answer.Conclusion == agora.Overloaded:
		c.places.Refused(budget.Owner(recording.UID))
	case answer.Method == agora.MethodAcquire && answer.Conclusion == agora.Succeeded:
		c.places.Accepted(budget.Owner(recording.UID))
	}
}

// freedPlaces enqueues recordings when there is a place for them.
type freedPlaces struct {
	reader      client.Reader
	profiles    *profiles.Resolver
	credentials *secrets.Store[secrets.Credentials]
	places      *capacity.Pools
	tracker     *tracker

	found chan event.TypedGenericEvent[*v1alpha1.CloudRecording]
}

func newFreedPlaces(
	reader client.Reader, credentials *secrets.Store[secrets.Credentials], places *capacity.Pools, tracker *tracker,
) *freedPlaces {
	return &freedPlaces{
		reader: reader, profiles: profiles.NewResolver(reader), credentials: credentials, places: places, tracker: tracker,
		found: make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording]),
	}
}

// run counts the open sessions, and then enqueues recordings when there is a place for them.
func (f *freedPlaces) run(ctx context.Context) error {
	if err := f.count(ctx); err != nil {
		// The others are counted when they are reconciled.
		log.FromContext(ctx).Info("Not all recordings that run are counted yet, so that more may be started than maxRecordings allows", "cause", err.Error())
	}
	f.places.Open()
	f.places.Run(ctx, func(name types.NamespacedName) {
		recording := &v1alpha1.CloudRecording{}
		recording.Namespace, recording.Name = name.Namespace, name.Name
		select {
		case f.found <- event.TypedGenericEvent[*v1alpha1.CloudRecording]{Object: recording}:
		case <-ctx.Done():
		}
	})
	return nil
}

// countingBackoff is the backoff for Secrets that could not be read.
var countingBackoff = wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Steps: 6}

// count counts open sessions and queues waiting recordings, before anything is started.
func (f *freedPlaces) count(ctx context.Context) error {
	list := &v1alpha1.CloudRecordingList{}
	if err := f.reader.List(ctx, list, client.MatchingFields{placeIndex: placeTaken}); err != nil {
		return fmt.Errorf("list the recordings that run or wait: %w", err)
	}
	var failed error
	err := wait.ExponentialBackoffWithContext(ctx, countingBackoff, func(ctx context.Context) (bool, error) {
		var left []v1alpha1.CloudRecording
		for i := range list.Items {
			if failed = f.countOne(ctx, &list.Items[i]); failed != nil {
				left = append(left, list.Items[i])
			}
		}
		list.Items = left
		return len(left) == 0, nil
	})
	if failed != nil {
		return failed
	}
	return err
}

// countOne counts a recording for the account of its Secret, if the Secret exists.
func (f *freedPlaces) countOne(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	// A waiting recording may get its Secret from its profile. An incomplete profile is found
	// when the recording is reconciled.
	if _, err := f.profiles.Resolve(ctx, recording); err != nil {
		return err //nolint:wrapcheck // it says what it is about
	}
	credentials, err := f.credentials.Get(ctx, lifecycle.SecretName(recording))
	if problem, err := usererror.ProblemOf(err); problem != "" || err != nil {
		return err
	}
	f.places.State(credentials.Account, sourceOf(recording), credentials.MaxRecordings)
	name := client.ObjectKeyFromObject(recording)
	f.places.Count(placeKey(recording, credentials), placeRequest(recording), lifecycle.OpenSessions(&recording.Status), lifecycle.AwaitsStart(recording))
	// The reconcile that finds the object gone forgets it by this entry.
	f.tracker.noteAccount(name, recording.UID, credentials.Account)
	if err := f.reader.Get(ctx, name, &v1alpha1.CloudRecording{}); apierrors.IsNotFound(err) {
		f.places.Forget(budget.Owner(recording.UID))
	}
	return nil
}
