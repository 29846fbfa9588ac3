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
	// at is when the watch showed it.
	at time.Time
}

func isPolled(c change) bool { return c.recording.Status.ServiceStatus != nil }

func isWantedStopped(c change) bool {
	return c.recording.Spec.State == v1alpha1.RecordingStateStopped
}

func isCompleted(c change) bool { return c.recording.Status.Phase == v1alpha1.PhaseCompleted }

func isGone(c change) bool { return c.kind == watch.Deleted }

// changes notes every change of the recordings in a namespace. Every write is
// one change.
type changes struct {
	watch watch.Interface

	mu     sync.Mutex
	byName map[string][]change
	err    error
	// news is closed and replaced with every change.
	news chan struct{}
}

// watchChanges begins to watch a namespace. What is there already counts as
// added now. The API server ends the watch of a client that is slow for a
// moment; it is resumed then where it ended.
func watchChanges(ctx context.Context, k8sClient client.WithWatch, namespace string) (*changes, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := k8sClient.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("list namespace %s: %w", namespace, err)
	}
	begin := func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
		return k8sClient.Watch(ctx, &v1alpha1.CloudRecordingList{}, &client.ListOptions{Namespace: namespace, Raw: &options})
	}
	started, err := toolswatch.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{WatchFuncWithContext: begin})
	if err != nil {
		return nil, fmt.Errorf("watch namespace %s: %w", namespace, err)
	}
	c := &changes{watch: started, byName: map[string][]change{}, news: make(chan struct{})}
	at := time.Now()
	for i := range list.Items {
		recording := &list.Items[i]
		c.byName[recording.Name] = []change{{kind: watch.Added, recording: recording, at: at}}
	}
	go c.follow()
	return c, nil
}

func (c *changes) stop() { c.watch.Stop() }

func (c *changes) follow() {
	for event := range c.watch.ResultChan() {
		at := time.Now()
		recording, ok := event.Object.(*v1alpha1.CloudRecording)
		if !ok {
			c.fail(fmt.Errorf("the watch showed %v", event.Object))
			return
		}
		c.mu.Lock()
		c.byName[recording.Name] = append(c.byName[recording.Name], change{kind: event.Type, recording: recording, at: at})
		c.tell()
		c.mu.Unlock()
	}
	c.fail(errors.New("the watch ended"))
}

func (c *changes) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	c.tell()
}

// tell wakes those who wait.
func (c *changes) tell() {
	close(c.news)
	c.news = make(chan struct{})
}

// of returns the changes of an object, and what is closed when there are more.
func (c *changes) of(name string) ([]change, <-chan struct{}, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byName[name], c.news, c.err
}

// total counts the changes of all objects.
func (c *changes) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	total := 0
	for _, changes := range c.byName {
		total += len(changes)
	}
	return total
}

// await returns the first change of an object that is wanted.
func (c *changes) await(ctx context.Context, name, wish string, isWanted func(change) bool) (change, error) {
	for {
		known, news, err := c.of(name)
		for _, change := range known {
			if isWanted(change) {
				return change, nil
			}
		}
		if err != nil {
			return change{}, err
		}
		select {
		case <-news:
		case <-ctx.Done():
			return change{}, fmt.Errorf("wait until %s is %s: %w", name, wish, ctx.Err())
		}
	}
}

// awaitQuiet waits until an object has not changed for a while, and returns
// its changes.
func (c *changes) awaitQuiet(ctx context.Context, name string, quiet time.Duration) ([]change, error) {
	for {
		known, _, err := c.of(name)
		if err != nil {
			return nil, err
		}
		var rest time.Duration
		if len(known) > 0 {
			rest = quiet - time.Since(known[len(known)-1].at)
		}
		if rest <= 0 {
			return known, nil
		}
		if err := sleep(ctx, rest); err != nil {
			return nil, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
