// SPDX-License-Identifier: Apache-2.0

package events

import (
	"time"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

const (
	// ObjectEvents is how many events an object may send in a burst. No recording needs
	// as many.
	ObjectEvents = 25

	// ObjectEventInterval is the time between further events of an object.
	ObjectEventInterval = time.Minute

	// namespaceEvents and namespaceEventRate are the same for a namespace. They suffice
	// for a thousand recordings that end together.
	namespaceEvents    = 5000
	namespaceEventRate = rate.Limit(20)

	// The objects and namespaces that are remembered. A forgotten one may send a full
	// burst again.
	limitedObjects    = 16_384
	limitedNamespaces = 4096
)

// limitedRecorder drops events of an object or a namespace that sends too many. The API
// server keeps each event for an hour, in the operator's name and outside every quota,
// and each change of an object can cause one.
type limitedRecorder struct {
	next       events.EventRecorder
	clock      clock.PassiveClock
	objects    *lru.Cache
	namespaces *lru.Cache
}

var _ events.EventRecorder = (*limitedRecorder)(nil)

// NewLimitedRecorder returns a recorder that passes events to next within the limits of
// their object and their namespace.
func NewLimitedRecorder(next events.EventRecorder, clock clock.PassiveClock) events.EventRecorder {
	return &limitedRecorder{
		next:       next,
		clock:      clock,
		objects:    lru.New(limitedObjects),
		namespaces: lru.New(limitedNamespaces),
	}
}

// Eventf implements events.EventRecorder.
func (r *limitedRecorder) Eventf(regarding, related runtime.Object, eventType, reason, action, note string, args ...any) {
	object, err := meta.Accessor(regarding)
	if err != nil {
		log.Log.Error(err, "Dropped an event about an object without a name")
		return
	}
	if !r.allow(r.objects, object.GetUID(), rate.Every(ObjectEventInterval), ObjectEvents) ||
		!r.allow(r.namespaces, object.GetNamespace(), namespaceEventRate, namespaceEvents) {
		log.Log.V(1).Info("Dropped an event, because too many were sent",
			"namespace", object.GetNamespace(), "name", object.GetName(), "reason", reason)
		return
	}
	r.next.Eventf(regarding, related, eventType, reason, action, note, args...)
}

func (r *limitedRecorder) allow(limiters *lru.Cache, key any, limit rate.Limit, burst int) bool {
	known, _ := limiters.Get(key)
	limiter, ok := known.(*rate.Limiter)
	if !ok {
		limiter = rate.NewLimiter(limit, burst)
		limiters.Add(key, limiter)
	}
	return limiter.AllowN(r.clock.Now(), 1)
}
