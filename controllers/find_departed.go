// SPDX-License-Identifier: Apache-2.0

package controllers

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

// departedSearch is how often the API server is asked for recordings that have left
// while no operator of the shard led.
const departedSearch = 2 * time.Minute

// findDeparted looks for recordings that this shard's operator has looked after and
// whose labels do not match any more, as long as this process leads.
func (d *departures) findDeparted(ctx context.Context) error {
	if !d.shard.SelectsByLabels() {
		return nil
	}
	for {
		wait := departedSearch
		if err := d.searchDeparted(ctx); err != nil && ctx.Err() == nil {
			log.FromContext(ctx).Error(err, "Recordings whose labels do not match any more are found late")
			wait = tasks.LongestErrorRetry
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.clock.After(wait):
		}
	}
}

func (d *departures) searchDeparted(ctx context.Context) error {
	for _, scope := range d.shard.NamespaceScopes() {
		if err := d.searchDepartedIn(ctx, scope); err != nil {
			if apierrors.IsBadRequest(err) {
				// The CRD is of an older version, in which no status has a shard.
				return nil
			}
			return err
		}
	}
	return nil
}

func (d *departures) searchDepartedIn(ctx context.Context, scope []client.ListOption) error {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecordingList"))
	for {
		options := append([]client.ListOption{
			client.MatchingFields{shard.Field: d.shard.Name()}, client.Limit(shard.ListPage), client.Continue(list.Continue),
		}, scope...)
		if err := d.apiReader.List(ctx, list, options...); err != nil {
			return fmt.Errorf("list the recordings of this shard: %w", err)
		}
		for i := range list.Items {
			// Where there is no finalizer, nothing was left to do.
			if d.shard.Matches(&list.Items[i]) || !controllerutil.ContainsFinalizer(&list.Items[i], v1alpha1.StopFinalizer) {
				continue
			}
			recording := &v1alpha1.CloudRecording{}
			recording.Namespace, recording.Name = list.Items[i].Namespace, list.Items[i].Name
			select {
			case d.known.found <- event.TypedGenericEvent[*v1alpha1.CloudRecording]{Object: recording}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if list.Continue == "" {
			return nil
		}
	}
}
