// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

var (
	_ manager.Runnable               = (*Tracker)(nil)
	_ manager.LeaderElectionRunnable = (*Tracker)(nil)
)

// SetupWithManager makes the Tracker watch its ConfigMap.
func (t *Tracker) SetupWithManager(ctx context.Context, mgr manager.Manager) error {
	t.elected = mgr.Elected()
	own, err := cache.New(mgr.GetConfig(), cache.Options{
		HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(),
		ByObject: map[client.Object]cache.ByObject{&corev1.ConfigMap{}: cacheOptions(t.options.Namespace)},
	})
	if err != nil {
		return fmt.Errorf("set up the cache of unowned recordings: %w", err)
	}
	informer, err := own.GetInformer(ctx, &corev1.ConfigMap{}, cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watch the unowned recordings: %w", err)
	}
	if _, err := informer.AddEventHandler(t.handler()); err != nil {
		return fmt.Errorf("watch the unowned recordings: %w", err)
	}
	t.follow = own.Start
	if err := mgr.Add(t); err != nil {
		return fmt.Errorf("add the unowned recordings to the manager: %w", err)
	}
	return nil
}

// handler passes on what the informer reports.
func (t *Tracker) handler() toolscache.ResourceEventHandler {
	show := func(object any) {
		if configMap, ok := object.(*corev1.ConfigMap); ok {
			recordings, unreadable := t.store.read(configMap)
			if unreadable > 0 {
				t.options.Logger.Info("Ignored invalid entries of unowned recordings", "configMap", configMap.Name, "entries", unreadable)
			}
			t.show(configMap.ResourceVersion, recordings)
		}
	}
	remove := func(object any) {
		// Of a deletion that the watch has missed, no version is known.
		var version string
		if configMap, ok := object.(*corev1.ConfigMap); ok {
			version = configMap.ResourceVersion
		}
		t.show(version, map[string]Recording{})
	}
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    show,
		UpdateFunc: func(_, object any) { show(object) },
		DeleteFunc: remove,
	}
}

// NeedLeaderElection returns false because every replica records what it hears.
func (t *Tracker) NeedLeaderElection() bool { return false }

// Start watches the ConfigMap, writes changes, and reviews the recordings while this
// process leads, until the context ends. Later notifications make up for changes that are
// not written by then.
func (t *Tracker) Start(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	running.Go(func() { t.writeOn(ctx) })
	running.Go(func() { t.reviewOn(ctx) })
	err := t.follow(ctx)
	cancel()
	running.Wait()
	if err != nil {
		return fmt.Errorf("follow the unowned recordings: %w", err)
	}
	return nil
}

// writeOn writes changes from time to time.
func (t *Tracker) writeOn(ctx context.Context) {
	for {
		select {
		case <-t.changed:
		case <-ctx.Done():
			return
		}
		reported, err := t.write(ctx)
		if err != nil && ctx.Err() == nil {
			t.options.Logger.Error(err, "Failed to write the unowned recordings, and will retry")
			t.tellChanged()
		}
		for _, recording := range reported {
			t.report(recording)
		}
		select {
		case <-t.options.Clock.After(t.options.WriteInterval):
		case <-ctx.Done():
			return
		}
	}
}

// reviewOn reviews the recordings once this process leads.
func (t *Tracker) reviewOn(ctx context.Context) {
	select {
	case <-t.elected:
	case <-ctx.Done():
		return
	}
	for {
		t.review(ctx)
		select {
		case <-t.options.Clock.After(t.options.ReviewInterval):
		case <-ctx.Done():
			return
		}
	}
}
