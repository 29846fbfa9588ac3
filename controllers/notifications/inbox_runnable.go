// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// deleteTimeout bounds the deletion of a ConfigMap.
	deleteTimeout = 10 * time.Second

	// Deletions fail when the API server is away, which comes back.
	shortestDeleteRetry = 100 * time.Millisecond
	longestDeleteRetry  = 30 * time.Second

	// tellers is how many recordings are told of at once. Each costs the write
	// of a status, and what the API server has at once slows it down: the writes
	// of the journal, for which Agora waits, must not wait for many statuses.
	tellers = 2

	// settlePatience is for how long a recording whose status cannot be written
	// holds up the others.
	settlePatience = 250 * time.Millisecond
)

var (
	_ manager.Runnable               = (*Inbox)(nil)
	_ manager.LeaderElectionRunnable = (*Inbox)(nil)
)

// SetupWithManager makes the Inbox follow the journal in the manager's cache,
// which must cache ConfigMaps by CacheByObject.
func (i *Inbox) SetupWithManager(ctx context.Context, mgr manager.Manager) error {
	informer, err := mgr.GetCache().GetInformer(ctx, &corev1.ConfigMap{})
	if err != nil {
		return fmt.Errorf("watch accepted notifications: %w", err)
	}
	if _, err := informer.AddEventHandler(i.handler()); err != nil {
		return fmt.Errorf("watch accepted notifications: %w", err)
	}
	if err := i.options.Metrics.watch(i.count, mgr.Elected()); err != nil {
		return err
	}
	if err := mgr.Add(i); err != nil {
		return fmt.Errorf("add the inbox of notifications to the manager: %w", err)
	}
	return nil
}

// handler takes in what the informer shows.
func (i *Inbox) handler() toolscache.ResourceEventHandler {
	add := func(object any) {
		if configMap, ok := object.(*corev1.ConfigMap); ok {
			i.add(configMap)
		}
	}
	remove := func(object any) {
		if missed, ok := object.(toolscache.DeletedFinalStateUnknown); ok {
			object = missed.Obj
		}
		if configMap, ok := object.(*corev1.ConfigMap); ok {
			i.remove(configMap.UID)
		}
	}
	// They never change, and are not looked at again when they seem to.
	return toolscache.ResourceEventHandlerFuncs{AddFunc: add, DeleteFunc: remove}
}

// NeedLeaderElection says that every replica follows the journal.
func (i *Inbox) NeedLeaderElection() bool { return false }

// Start tells of arrivals, and deletes what is settled, until the context ends.
// What is not deleted by then is found again by whoever leads next.
func (i *Inbox) Start(ctx context.Context) error {
	var running sync.WaitGroup
	for range tellers {
		running.Go(func() { i.announce(ctx) })
	}
	running.Go(func() { i.sweep(ctx) })
	<-ctx.Done()
	i.arrivals.ShutDown()
	i.settled.ShutDown()
	running.Wait()
	return nil
}

// announce tells of arrivals, each once for all that came until its recording is
// settled. Where nobody listens, as on a replica that does not lead, they wait in
// the queue.
func (i *Inbox) announce(ctx context.Context) {
	for {
		name, ended := i.arrivals.Get()
		if ended {
			return
		}
		i.announceOne(ctx, name)
		// What has arrived meanwhile is told of again.
		i.arrivals.Done(name)
	}
}

// announceOne tells of a recording, and waits until some of its events are settled.
func (i *Inbox) announceOne(ctx context.Context, name types.NamespacedName) {
	settled, ok := i.tell(name)
	if !ok {
		return
	}
	recording := &v1alpha1.CloudRecording{}
	recording.Namespace, recording.Name = name.Namespace, name.Name
	select {
	case i.arrived <- event.TypedGenericEvent[*v1alpha1.CloudRecording]{Object: recording}:
	case <-ctx.Done():
		return
	}
	patience := i.options.Clock.NewTimer(settlePatience)
	defer patience.Stop()
	select {
	case <-settled:
	case <-patience.C():
	case <-ctx.Done():
	}
}

// sweep deletes what is settled.
func (i *Inbox) sweep(ctx context.Context) {
	for {
		key, ended := i.settled.Get()
		if ended {
			return
		}
		if err := i.delete(ctx, key); err != nil && ctx.Err() == nil {
			i.options.Logger.Error(err, "Recorded notifications are deleted later", "configMap", key.name)
			i.settled.AddRateLimited(key)
		} else {
			i.settled.Forget(key)
		}
		i.settled.Done(key)
	}
}

func (i *Inbox) delete(ctx context.Context, key batchKeyed) error {
	ctx, cancel := context.WithTimeout(ctx, deleteTimeout)
	defer cancel()
	configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: i.options.Namespace, Name: key.name}}
	err := i.options.Client.Delete(ctx, configMap, client.Preconditions{UID: &key.uid})
	if apierrors.IsConflict(err) {
		// Another of that name is there, or the API server was at odds with itself.
		if current := i.current(ctx, configMap); current != key.uid {
			return nil
		}
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete recorded notifications: %w", err)
	}
	return nil
}

// current returns the UID of the ConfigMap of that name that there is; empty if
// there is none, or none in the cache yet.
func (i *Inbox) current(ctx context.Context, configMap *corev1.ConfigMap) types.UID {
	found := &corev1.ConfigMap{}
	if err := i.options.Client.Get(ctx, client.ObjectKeyFromObject(configMap), found); err != nil {
		return ""
	}
	return found.UID
}
