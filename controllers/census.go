// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// census counts the recordings in the cache as they come, change and go: reading
// all of them whenever metrics are read would cost too much.
type census struct {
	mu           sync.Mutex
	phases       map[v1alpha1.RecordingPhase]int
	contradicted int
	expiring     int

	// awaited says since when each recording that is wanted to stop has been.
	awaited map[types.NamespacedName]time.Time

	// departed are those that are looked after and not in the cache.
	departed *departed
}

func newCensus() *census {
	return &census{
		phases: map[v1alpha1.RecordingPhase]int{
			v1alpha1.PhasePending: 0, v1alpha1.PhaseStarting: 0, v1alpha1.PhaseRecording: 0,
			v1alpha1.PhaseStopping: 0, v1alpha1.PhaseUploading: 0, v1alpha1.PhaseCompleted: 0,
			v1alpha1.PhaseFailed: 0,
		},
		awaited:  map[types.NamespacedName]time.Time{},
		departed: &departed{},
	}
}

// watch counts the recordings of a cache from now on.
func (c *census) watch(ctx context.Context, informers cache.Informers) error {
	informer, err := informers.GetInformer(ctx, &v1alpha1.CloudRecording{})
	if err != nil {
		return fmt.Errorf("watch the recordings to count them: %w", err)
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { c.change(nil, object) },
		UpdateFunc: c.change,
		DeleteFunc: func(object any) {
			if unknown, ok := object.(toolscache.DeletedFinalStateUnknown); ok {
				object = unknown.Obj
			}
			c.change(object, nil)
		},
	})
	if err != nil {
		return fmt.Errorf("watch the recordings to count them: %w", err)
	}
	return nil
}

// change counts an object as it is now in place of what it was; either may be nil.
func (c *census) change(before, after any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := before.(*v1alpha1.CloudRecording); ok {
		c.count(old, -1)
		delete(c.awaited, client.ObjectKeyFromObject(old))
	}
	if current, ok := after.(*v1alpha1.CloudRecording); ok {
		c.count(current, 1)
		if awaitsStop(current) {
			c.awaited[client.ObjectKeyFromObject(current)] = stopWantedSince(current)
		}
	}
}

func (c *census) count(recording *v1alpha1.CloudRecording, by int) {
	c.phases[recording.Status.Phase] += by
	if isContradicted(recording.Status) {
		c.contradicted += by
	}
	if meta.IsStatusConditionTrue(recording.Status.Conditions, v1alpha1.ExpiringCondition) {
		c.expiring += by
	}
}

// overdue returns the longest that a recording has been waiting to end.
func (c *census) overdue(clock clock.PassiveClock) time.Duration {
	var longest time.Duration
	for _, since := range c.awaited {
		longest = max(longest, clock.Since(since))
	}
	for _, since := range c.departed.stopsWantedSince() {
		longest = max(longest, clock.Since(since))
	}
	return longest
}
