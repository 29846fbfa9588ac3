// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	toolswatch "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// change is a change of an object, as a watch showed it.
type change struct {
	kind      watch.EventType
	recording *v1alpha1.CloudRecording
	// at is when the watch showed the change.
	at time.Time
}

func isPolled(c change) bool { return c.recording.Status.ServiceStatus != nil }

func isWantedStopped(c change) bool { return c.recording.Spec.State == v1alpha1.RecordingStateStopped }

func isScheduled(c change) bool { return c.recording.Status.Phase == v1alpha1.PhaseScheduled }

func isRecording(c change) bool { return c.recording.Status.Phase == v1alpha1.PhaseRecording }

func isCompleted(c change) bool { return c.recording.Status.Phase == v1alpha1.PhaseCompleted }

func isGone(c change) bool { return c.kind == watch.Deleted }

// changes collects every change of the recordings in a namespace. Every write is one change.
type changes struct {
	watch watch.Interface

	mu     sync.Mutex
	byName map[string][]change
	total  int
	err    error
}

// watchChanges starts to watch the namespace. Existing objects count as added now. The API
// server ends the watch of a client that falls behind, so the watch is resumed where it ended.
func (e *environment) watchChanges() {
	list := &v1alpha1.CloudRecordingList{}
	check(e.Client.List(e.ctx, list, client.InNamespace(e.namespace)))
	begin := func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
		return e.Client.Watch(ctx, &v1alpha1.CloudRecordingList{}, &client.ListOptions{Namespace: e.namespace, Raw: &options})
	}
	started := must(toolswatch.NewRetryWatcherWithContext(e.ctx, list.ResourceVersion, &cache.ListWatch{WatchFuncWithContext: begin}))
	c := &changes{watch: started, byName: map[string][]change{}}
	for i := range list.Items {
		c.note(change{watch.Added, &list.Items[i], time.Now()})
	}
	e.changes = c
	e.Add(func() error { c.watch.Stop(); return nil })
	go c.follow()
}

func (c *changes) follow() {
	problem := errors.New("the watch ended")
	for event := range c.watch.ResultChan() {
		at := time.Now()
		recording, ok := event.Object.(*v1alpha1.CloudRecording)
		if !ok {
			problem = fmt.Errorf("the watch showed %v", event.Object)
			break
		}
		c.note(change{event.Type, recording, at})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = problem
}

func (c *changes) note(noted change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byName[noted.recording.Name] = append(c.byName[noted.recording.Name], noted)
	c.total++
}

// of returns the changes of an object.
func (c *changes) of(name string) ([]change, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byName[name], c.err
}

// count returns the number of changes of all objects.
func (c *changes) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// awaitChange waits for a change of an object, and returns the first that matches.
func (e *environment) awaitChange(recording *v1alpha1.CloudRecording, isWanted func(change) bool) (found change) {
	e.await(recording.Name+" has changed as is wanted", pollInterval, func() bool {
		known, err := e.changes.of(recording.Name)
		for _, c := range known {
			if isWanted(c) {
				found = c
				return true
			}
		}
		check(err)
		return false
	})
	return found
}

// awaitQuiet waits until an object has not changed for a while, and returns its changes.
func (e *environment) awaitQuiet(name string, quiet time.Duration) (known []change) {
	e.await(name+" rests", pollInterval, func() bool {
		var err error
		known, err = e.changes.of(name)
		check(err)
		return len(known) > 0 && time.Since(known[len(known)-1].at) >= quiet
	})
	return known
}
