// SPDX-License-Identifier: Apache-2.0

package departures

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/tasks"
	"cloudrecording.dev/operator/controllers/shard"
)

// searchInterval is how often to look for recordings that departed while no operator of the
// shard led.
const searchInterval = 2 * time.Minute

// Found returns the channel of recordings that Run has found.
func (t *Tracker) Found() <-chan event.TypedGenericEvent[*v1alpha1.CloudRecording] { return t.found }

// Run looks for departed recordings at the API server until the context ends.
func (t *Tracker) Run(ctx context.Context) error {
	if !t.options.Shard.SelectsByLabels() {
		return nil
	}
	for {
		wait := searchInterval
		if err := t.search(ctx); err != nil && ctx.Err() == nil {
			log.FromContext(ctx).Error(err, "Failed to search for recordings whose labels no longer match, and will retry")
			wait = tasks.LongestErrorRetry
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.options.Clock.After(wait):
		}
	}
}

func (t *Tracker) search(ctx context.Context) error {
	for _, scope := range t.options.Shard.NamespaceScopes() {
		if err := t.searchIn(ctx, scope); err != nil {
			if apierrors.IsBadRequest(err) {
				// The CRD is from an older version, whose status has no shard.
				return nil
			}
			return err
		}
	}
	return nil
}

func (t *Tracker) searchIn(ctx context.Context, scope []client.ListOption) error {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecordingList"))
	for {
		options := append([]client.ListOption{
			client.MatchingFields{shard.Field: t.options.Shard.Name()}, client.Limit(shard.ListPage), client.Continue(list.Continue),
		}, scope...)
		if err := t.options.APIReader.List(ctx, list, options...); err != nil {
			return fmt.Errorf("list the recordings of this shard: %w", err)
		}
		for i := range list.Items {
			// A recording without the finalizer needs nothing more.
			if t.options.Shard.Matches(&list.Items[i]) || !controllerutil.ContainsFinalizer(&list.Items[i], v1alpha1.StopFinalizer) {
				continue
			}
			recording := &v1alpha1.CloudRecording{}
			recording.Namespace, recording.Name = list.Items[i].Namespace, list.Items[i].Name
			select {
			case t.found <- event.TypedGenericEvent[*v1alpha1.CloudRecording]{Object: recording}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if list.Continue == "" {
			return nil
		}
	}
}
