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

// departed holds the recordings that are looked after though their labels no longer match.
type departed struct {
	mu     sync.Mutex
	byName map[types.NamespacedName]departure
}

// departure is what is known of a departed recording.
type departure struct {
	uid   types.UID
	since time.Time
	// stopWantedSince is since when it is wanted to stop; zero if it is not, or has.
	stopWantedSince time.Time
}

// keep notes what is known of a recording now, and since when it has been kept. It
// says whether that is news.
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

// forget drops a recording, and says whether it was kept.
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

// count returns how many there are, and since when each that is wanted to stop has been.
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
