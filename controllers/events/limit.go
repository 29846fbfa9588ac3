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
	// ObjectEvents is how many events of an object are sent at once. No recording has as
	// many to tell.
	ObjectEvents = 25

	// ObjectEventInterval is the time between those that follow.
	ObjectEventInterval = time.Minute

	// namespaceEvents and namespaceEventRate are the same for a namespace: as many
	// as a thousand recordings tell that end together.
	namespaceEvents    = 5000
	namespaceEventRate = rate.Limit(20)

	// remembered objects and namespaces; who is forgotten may send again.
	limitedObjects    = 16_384
	limitedNamespaces = 4096
)

// limitedRecorder leaves out events of an object or a namespace that sends too
// many: the API server keeps each for an hour, in the operator's name and beside
// every quota, and each change of an object can lead to one.
type limitedRecorder struct {
	next       events.EventRecorder
	clock      clock.PassiveClock
	objects    *lru.Cache
	namespaces *lru.Cache
}

var _ events.EventRecorder = (*limitedRecorder)(nil)

// NewLimitedRecorder returns a recorder that passes to another what an object and a namespace
// may send.
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
		log.Log.Error(err, "An event is about nothing that has a name")
		return
	}
	if !r.allow(r.objects, object.GetUID(), rate.Every(ObjectEventInterval), ObjectEvents) ||
		!r.allow(r.namespaces, object.GetNamespace(), namespaceEventRate, namespaceEvents) {
		log.Log.V(1).Info("An event is left out, since too many were sent",
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
