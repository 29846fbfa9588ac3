// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/replicatest"
)

// leapingClock is a real clock that can be moved forward.
type leapingClock struct {
	clock.RealClock
	ahead atomic.Int64
}

func (c *leapingClock) Now() time.Time { return c.RealClock.Now().Add(time.Duration(c.ahead.Load())) }

func (c *leapingClock) leap(by time.Duration) { c.ahead.Add(int64(by)) }

// objects are the sids that have an object, which a spec controls.
type objects struct {
	mu   sync.Mutex
	sids sets.Set[string]
}

func (o *objects) hasOwner(_ context.Context, sid string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sids.Has(sid), nil
}

func (o *objects) create(sid string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sids = o.sids.Clone().Insert(sid)
}

func (o *objects) delete(sid string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sids.Delete(sid)
}

// environment is shared by the replicas of a spec.
type environment struct {
	namespace string
	clock     *leapingClock
	objects   *objects
}

func newEnvironment(ctx context.Context) *environment {
	GinkgoHelper()
	return &environment{
		namespace: replicatest.CreateNamespace(ctx, k8sClient), clock: &leapingClock{}, objects: &objects{sids: sets.New[string]()},
	}
}

// replica is an operator process that tracks unowned recordings.
type replica struct {
	*replicatest.Process
	*Tracker
}

// begin starts a replica that leads.
func (e *environment) begin(ctx context.Context) *replica {
	GinkgoHelper()
	return e.beginWith(ctx, "", true)
}

// beginWith starts a replica of a shard. It ends with the spec, or when Stop is called.
func (e *environment) beginWith(ctx context.Context, shard string, leads bool) *replica {
	GinkgoHelper()
	r := &replica{Process: replicatest.New(cluster.Config, e.namespace, cacheOptions(e.namespace))}
	r.Tracker = New(Options{
		Client: r.Manager.GetClient(), Namespace: e.namespace, Shard: shard, HasOwner: e.objects.hasOwner,
		Recorder: r.Manager.GetEventRecorder("cloudrecording-operator"), Logger: r.Logger,
		Clock: e.clock, WriteInterval: 20 * time.Millisecond, ReviewInterval: 20 * time.Millisecond,
	})
	Expect(r.SetupWithManager(ctx, r.Manager)).To(Succeed())
	if !leads {
		r.elected = make(chan struct{})
	}
	Expect(r.Register(r.Registry)).To(Succeed())
	r.Process.Start()
	return r
}

// hear sends a replica an event about the lesson.
func (r *replica) hear(ctx context.Context, kind notifications.Type) {
	r.Heard(ctx, about(kind, time.Now()), "school")
}

// isAllWritten reports whether a replica has nothing to write.
func (r *replica) isAllWritten() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.unwritten) == 0
}

// counted returns the metric's values by namespace.
func (r *replica) counted(g Gomega) map[string]float64 {
	families, err := r.Registry.Gather()
	g.Expect(err).NotTo(HaveOccurred())
	counts := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			counts[metric.GetLabel()[0].GetValue()] = metric.GetGauge().GetValue()
		}
	}
	return counts
}

// configMap returns a function that reads the ConfigMap.
func (e *environment) configMap(ctx context.Context) func(Gomega) *corev1.ConfigMap {
	return func(g Gomega) *corev1.ConfigMap {
		configMap := &corev1.ConfigMap{}
		g.Expect(k8sClient.Get(ctx, client.ObjectKey{Namespace: e.namespace, Name: v1alpha1.UnownedConfigMapName}, configMap)).To(Succeed())
		return configMap
	}
}

// recordings returns a function that returns the recordings in the API server.
func (e *environment) recordings(ctx context.Context) func(Gomega) map[string]Recording {
	return func(g Gomega) map[string]Recording {
		recordings, unreadable := newStore(nil, e.namespace, "").read(e.configMap(ctx)(g))
		g.Expect(unreadable).To(BeZero())
		return recordings
	}
}

// events returns a function that lists the events of the operator's namespace.
func (e *environment) events(ctx context.Context) func(Gomega) []eventsv1.Event {
	return func(g Gomega) []eventsv1.Event {
		events := &eventsv1.EventList{}
		g.Expect(k8sClient.List(ctx, events, client.InNamespace(e.namespace))).To(Succeed())
		return events.Items
	}
}
