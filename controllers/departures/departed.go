// SPDX-License-Identifier: Apache-2.0

package departures

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// departed holds what is known of the departed recordings.
type departed struct {
	mu     sync.Mutex
	byName map[types.NamespacedName]departure
}

// departure is what is known of one departed recording.
type departure struct {
	uid   types.UID
	since time.Time
	// stopWantedSince is when the recording should have stopped. It is zero if the recording
	// may go on, or has stopped.
	stopWantedSince time.Time
}

// keep updates what is known of a recording. It returns when the recording was kept first, and
// whether that is now.
func (d *departed) keep(recording *v1alpha1.CloudRecording, now time.Time) (since time.Time, isNew bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := client.ObjectKeyFromObject(recording)
	known, ok := d.byName[name]
	isNew = !ok || known.uid != recording.UID
	if isNew {
		known = departure{uid: recording.UID, since: now}
	}
	seen := known.stopWantedSince
	known.stopWantedSince = time.Time{}
	if lifecycle.AwaitsStop(recording) {
		known.stopWantedSince = lifecycle.StopAwaitedSince(recording, seen, now)
	}
	if d.byName == nil {
		d.byName = map[types.NamespacedName]departure{}
	}
	d.byName[name] = known
	return known.since, isNew
}

// forget drops a recording, and reports whether it was kept.
func (d *departed) forget(name types.NamespacedName) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.byName[name]
	delete(d.byName, name)
	return ok
}

func (d *departed) has(name types.NamespacedName) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.byName[name]
	return ok
}

// count returns the number of recordings, and when those that must stop should have stopped.
func (d *departed) count() (all int, stopsWantedSince []time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, known := range d.byName {
		if !known.stopWantedSince.IsZero() {
			stopsWantedSince = append(stopsWantedSince, known.stopWantedSince)
		}
	}
	return len(d.byName), stopsWantedSince
}
