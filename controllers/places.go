// SPDX-License-Identifier: Apache-2.0

package controllers

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
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/indexes"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/usererror"
	"cloudrecording.dev/operator/controllers/profiles"
)

// sourceOf names the Secret of a recording's account.
func sourceOf(recording *v1alpha1.CloudRecording) budget.Source {
	return budget.Source(lifecycle.SecretName(recording).String())
}

// placeKey names what a recording takes a place of.
func placeKey(recording *v1alpha1.CloudRecording, credentials secrets.Credentials) capacity.Key {
	return capacity.Key{Account: credentials.Account, AppID: recording.Spec.AppID}
}

// placeRequest says when a recording is to be started, by which those that wait are ordered.
func placeRequest(recording *v1alpha1.CloudRecording) capacity.Request {
	return capacity.Request{
		Owner: budget.Owner(recording.UID), Name: client.ObjectKeyFromObject(recording),
		OpensAt: lifecycle.OpensAt(recording), Created: recording.CreationTimestamp.Time,
	}
}

// notePlace notes what an answer says of Agora's room for recordings.
func (c *caller) notePlace(recording *v1alpha1.CloudRecording, answer agora.Answer) {
	switch {
	case answer.Conclusion == agora.Overloaded:
		c.places.Refused(budget.Owner(recording.UID))
	case answer.Method == agora.MethodAcquire && answer.Conclusion == agora.Succeeded:
		c.places.Accepted(budget.Owner(recording.UID))
	}
}

// freedPlaces tells the controller of the recordings for which there is room.
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

// run counts what runs, and then tells of the recordings for which there is room.
func (f *freedPlaces) run(ctx context.Context) error {
	if err := f.count(ctx); err != nil {
		// Each is counted as soon as it is reconciled.
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

// countingBackoff is how often and how fast Secrets are read again that could not be read.
var countingBackoff = wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Steps: 6}

// count counts what runs before anything is started, and puts into its order what waits.
func (f *freedPlaces) count(ctx context.Context) error {
	uncounted, err := indexes.RunningOrWaiting(ctx, f.reader)
	if err != nil {
		return err
	}
	var failed error
	err = wait.ExponentialBackoffWithContext(ctx, countingBackoff, func(ctx context.Context) (bool, error) {
		var left []v1alpha1.CloudRecording
		for i := range uncounted {
			if failed = f.countOne(ctx, &uncounted[i]); failed != nil {
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

// countOne counts a recording for the account of its Secret, if there is one.
func (f *freedPlaces) countOne(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	// What waits may have its account from its profile. What that lacks is found when it is told.
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
	// Whoever reconciles the object once it is gone forgets it by that.
	f.tracker.noteAccount(name, recording.UID, credentials.Account)
	if err := f.reader.Get(ctx, name, &v1alpha1.CloudRecording{}); apierrors.IsNotFound(err) {
		f.places.Forget(budget.Owner(recording.UID))
	}
	return nil
}
