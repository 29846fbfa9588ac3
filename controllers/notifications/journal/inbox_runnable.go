// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// deleteTimeout limits the deletion of a ConfigMap.
	deleteTimeout = 10 * time.Second

	// Deletions fail while the API server is unavailable, which is temporary.
	shortestDeleteRetry = 100 * time.Millisecond
	longestDeleteRetry  = 30 * time.Second

	// tellers is how many recordings are announced at the same time. Each announcement
	// costs a status write, and concurrent writes slow down the API server. The journal's
	// own writes, which Agora waits for, must not queue behind many status writes.
	tellers = 2

	// readers is how many ConfigMaps are read at the same time, and sweepers how many are
	// deleted: as many as are written.
	readers  = writers
	sweepers = writers

	// fetchTimeout limits the reading of a ConfigMap, and fetchRetry is the time until
	// the next attempt.
	fetchTimeout = 10 * time.Second
	fetchRetry   = time.Second
)

var (
	_ manager.Runnable               = (*Inbox)(nil)
	_ manager.LeaderElectionRunnable = (*Inbox)(nil)
)

// SetupWithManager makes the Inbox watch the journal in the manager's cache, which must
// cache ConfigMaps by CacheByObject.
func (i *Inbox) SetupWithManager(ctx context.Context, mgr manager.Manager) error {
	informer, err := mgr.GetCache().GetInformer(ctx, batchMetadata())
	if err != nil {
		return fmt.Errorf("watch accepted notifications: %w", err)
	}
	if _, err := informer.AddEventHandler(i.handler()); err != nil {
		return fmt.Errorf("watch accepted notifications: %w", err)
	}
	i.elected = mgr.Elected()
	if err := i.options.Metrics.watch(i.count, i.fullness, mgr.Elected()); err != nil {
		return err
	}
	if err := mgr.Add(i); err != nil {
		return fmt.Errorf("add the inbox of notifications to the manager: %w", err)
	}
	return nil
}

// handler passes on what the informer reports.
func (i *Inbox) handler() toolscache.ResourceEventHandler {
	add := func(object any) {
		if metadata, ok := object.(*metav1.PartialObjectMetadata); ok {
			i.see(metadata)
		}
	}
	remove := func(object any) {
		if missed, ok := object.(toolscache.DeletedFinalStateUnknown); ok {
			object = missed.Obj
		}
		if metadata, ok := object.(*metav1.PartialObjectMetadata); ok {
			i.remove(metadata.Name)
		}
	}
	// ConfigMaps of the journal never change, so updates are ignored.
	return toolscache.ResourceEventHandlerFuncs{AddFunc: add, DeleteFunc: remove}
}

// NeedLeaderElection returns false because every replica watches the journal.
func (i *Inbox) NeedLeaderElection() bool { return false }

// Start reads the journal, announces arrivals, gives up overdue events, and deletes
// settled ConfigMaps until the context ends. The next leader finds any ConfigMap that is
// not deleted by then.
func (i *Inbox) Start(ctx context.Context) error {
	var running sync.WaitGroup
	for range tellers {
		running.Go(func() { i.announce(ctx) })
	}
	for range readers {
		running.Go(func() { i.readOn(ctx) })
	}
	for range sweepers {
		running.Go(func() { i.sweep(ctx) })
	}
	running.Go(func() { i.giveUp(ctx) })
	running.Go(func() { i.lookForUnseen(ctx) })
	<-ctx.Done()
	i.arrivals.ShutDown()
	i.settled.ShutDown()
	running.Wait()
	return nil
}

// announce announces arrivals. Events that arrive before their recording is settled share
// one announcement. If nobody listens, as on a replica that does not lead, the arrivals
// wait in the queue.
func (i *Inbox) announce(ctx context.Context) {
	for {
		name, ended := i.arrivals.Get()
		if ended {
			return
		}
		i.announceOne(ctx, name)
		// Events that arrived in the meantime are announced again.
		i.arrivals.Done(name)
	}
}

// announceOne announces a recording and waits until some of its events are settled.
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
	timer := i.options.Clock.NewTimer(i.waits.timeout(name.Namespace))
	defer timer.Stop()
	select {
	case <-settled:
		i.waits.note(name.Namespace, true)
	case <-timer.C():
		i.waits.note(name.Namespace, false)
	case <-ctx.Done():
	}
}

// readOn reads the journal as memory allows.
func (i *Inbox) readOn(ctx context.Context) {
	for ctx.Err() == nil {
		held, readable := i.nextUnread()
		if held == nil {
			select {
			case <-readable:
			case <-ctx.Done():
			}
			continue
		}
		configMap, err := i.store.fetch(ctx, held.key.name)
		if err == nil {
			if configMap != nil && configMap.UID != held.key.uid {
				configMap = nil
			}
			i.take(held, configMap)
			continue
		}
		if ctx.Err() == nil {
			i.options.Logger.Error(err, "Failed to read accepted notifications, and will retry", "configMap", held.key.name)
		}
		i.readAgain(held)
		select {
		case <-i.options.Clock.After(fetchRetry):
		case <-ctx.Done():
		}
	}
}

// lookForUnseen stops counting ConfigMaps that no longer exist and were never seen.
func (i *Inbox) lookForUnseen(ctx context.Context) {
	for {
		select {
		case <-i.options.Clock.After(longestUnseen):
		case <-ctx.Done():
			return
		}
		for _, name := range i.overlong() {
			if configMap, err := i.store.fetch(ctx, name); err == nil && configMap == nil {
				i.Withdraw(name)
			}
		}
	}
}

// sweep deletes settled ConfigMaps.
func (i *Inbox) sweep(ctx context.Context) {
	for {
		key, ended := i.settled.Get()
		if ended {
			return
		}
		if err := i.store.delete(ctx, key); err != nil && ctx.Err() == nil {
			i.options.Logger.Error(err, "Failed to delete recorded notifications, and will retry", "configMap", key.name)
			i.settled.AddRateLimited(key)
		} else {
			i.settled.Forget(key)
		}
		i.settled.Done(key)
	}
}
