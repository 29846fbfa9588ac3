// SPDX-License-Identifier: Apache-2.0

package lease_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/controllers/lease"
)

// testLock is a lock at an endpoint that accepts every write, or none. The tests of the
// process show how leases are contested at a real API server.
type testLock struct {
	*lease.Lock
	clock   *clocktesting.FakePassiveClock
	refuses atomic.Bool
	// holder is who holds the lease, and released counts how often it was released.
	holder   atomic.Pointer[string]
	released atomic.Int32
	// read is called before the lease is read.
	read atomic.Pointer[func()]
	// delay passes before a request is answered.
	delay time.Duration
}

func newTestLock(t *testing.T) *testLock {
	t.Helper()
	l := &testLock{clock: clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.clock.SetTime(l.clock.Now().Add(l.delay))
		if read := l.read.Load(); read != nil && r.Method == http.MethodGet {
			(*read)()
		}
		if r.Method == http.MethodPut {
			written := &coordinationv1.Lease{}
			_ = json.NewDecoder(r.Body).Decode(written)
			if ptr.Deref(written.Spec.HolderIdentity, "") == "" {
				l.released.Add(1)
			}
		}
		if l.refuses.Load() {
			w.WriteHeader(http.StatusConflict)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(&coordinationv1.Lease{
			TypeMeta:   metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
			ObjectMeta: metav1.ObjectMeta{Namespace: "operator", Name: "lease"},
			Spec:       coordinationv1.LeaseSpec{HolderIdentity: l.holder.Load()},
		})
	}))
	t.Cleanup(server.Close)
	var err error
	l.Lock, err = lease.NewLock(&rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}, lease.Options{
		Namespace: "operator", Name: "lease", Duration: time.Minute, RenewDeadline: 45 * time.Second, Clock: l.clock,
	})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return l
}

func (l *testLock) pass(duration time.Duration) { l.clock.SetTime(l.clock.Now().Add(duration)) }

func (l *testLock) own() resourcelock.LeaderElectionRecord {
	return resourcelock.LeaderElectionRecord{HolderIdentity: l.Identity(), LeaseDurationSeconds: 60}
}

func TestLeaseIsNotHeldBeforeItIsTaken(t *testing.T) {
	g := NewWithT(t)
	l := newTestLock(t)
	g.Expect(l.IsHeld(0)).To(BeFalse())
	l.refuses.Store(true)
	g.Expect(l.Create(t.Context(), l.own())).NotTo(Succeed())
	g.Expect(l.IsHeld(0)).To(BeFalse())
}

func TestLeaseIsHeldForItsDuration(t *testing.T) {
	g := NewWithT(t)
	l := newTestLock(t)
	g.Expect(l.Create(t.Context(), l.own())).To(Succeed())
	g.Expect(l.IsHeld(0)).To(BeTrue())
	l.pass(time.Minute - time.Nanosecond)
	g.Expect(l.IsHeld(0)).To(BeTrue())
	l.pass(time.Nanosecond)
	g.Expect(l.IsHeld(0)).To(BeFalse(), "the process was frozen, and another may lead")
}

func TestWhatBeginsUnderTheLeaseEndsWithinIt(t *testing.T) {
	const call = 35 * time.Second
	g := NewWithT(t)
	l := newTestLock(t)
	g.Expect(l.Create(t.Context(), l.own())).To(Succeed())
	l.pass(time.Minute - call - time.Nanosecond)
	g.Expect(l.IsHeld(call)).To(BeTrue())
	l.pass(time.Nanosecond)
	g.Expect(l.IsHeld(call)).To(BeFalse(), "it would end when another may lead")
	g.Expect(l.IsHeld(call - time.Second)).To(BeTrue())
}

func TestLeaseThatIsShorterThanACallIsHeldForAThirdOfItsDuration(t *testing.T) {
	g := NewWithT(t)
	l := newTestLock(t)
	g.Expect(l.Create(t.Context(), l.own())).To(Succeed())
	l.pass(20*time.Second - time.Nanosecond)
	g.Expect(l.IsHeld(time.Hour)).To(BeTrue())
	l.pass(time.Nanosecond)
	g.Expect(l.IsHeld(time.Hour)).To(BeFalse())
}

func TestRenewalCountsFromItsBegin(t *testing.T) {
	g := NewWithT(t)
	l := newTestLock(t)
	g.Expect(l.Create(t.Context(), l.own())).To(Succeed())
	l.pass(30 * time.Second)
	l.delay = 10 * time.Second
	g.Expect(l.Update(t.Context(), l.own())).To(Succeed())
	l.pass(50*time.Second - time.Nanosecond)
	g.Expect(l.IsHeld(0)).To(BeTrue())
	l.pass(time.Nanosecond)
	g.Expect(l.IsHeld(0)).To(BeFalse())
}

func TestRenewalThatFailsDoesNotCount(t *testing.T) {
	g := NewWithT(t)
	l := newTestLock(t)
	g.Expect(l.Create(t.Context(), l.own())).To(Succeed())
	l.pass(40 * time.Second)
	l.refuses.Store(true)
	g.Expect(l.Update(t.Context(), l.own())).NotTo(Succeed())
	l.pass(20 * time.Second)
	g.Expect(l.IsHeld(0)).To(BeFalse())
}

func TestLeaseThatIsReleasedIsNotHeld(t *testing.T) {
	g := NewWithT(t)
	l := newTestLock(t)
	g.Expect(l.Create(t.Context(), l.own())).To(Succeed())
	g.Expect(l.Update(t.Context(), resourcelock.LeaderElectionRecord{LeaseDurationSeconds: 1})).To(Succeed())
	g.Expect(l.IsHeld(0)).To(BeFalse())
	g.Expect(l.released.Load()).To(BeEquivalentTo(1))
}

func TestLeaseOfASuccessorIsNotReleased(t *testing.T) {
	for name, holder := range map[string]string{"a successor has it": "successor", "a successor has released it": ""} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			l := newTestLock(t)
			g.Expect(l.Create(t.Context(), l.own())).To(Succeed())
			l.holder.Store(&holder)
			_, _, err := l.Get(t.Context())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(l.Update(t.Context(), resourcelock.LeaderElectionRecord{LeaseDurationSeconds: 1})).To(Succeed())
			g.Expect(l.released.Load()).To(BeZero())
			g.Expect(l.IsHeld(0)).To(BeFalse())
		})
	}
}

// TestElectionLeavesTheLeaseOfASuccessor resumes a process that was frozen. It cannot read
// the lease, is told to end, and learns who holds the lease only when it releases it.
func TestElectionLeavesTheLeaseOfASuccessor(t *testing.T) {
	g := NewWithT(t)
	l := newTestLock(t)
	ctx, end := context.WithCancel(t.Context())
	leads, ended := make(chan struct{}), make(chan struct{})
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: l.Lock, LeaseDuration: time.Minute, RenewDeadline: 45 * time.Second, RetryPeriod: 10 * time.Millisecond, ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: func(context.Context) { close(leads) }, OnStoppedLeading: func() {}},
	})
	g.Expect(err).NotTo(HaveOccurred())
	go func() {
		defer close(ended)
		elector.Run(ctx)
	}()
	g.Eventually(leads).Should(BeClosed())
	l.holder.Store(ptr.To("successor"))
	l.refuses.Store(true)
	tellToEnd := func() {
		if ctx.Err() != nil {
			l.refuses.Store(false)
		}
		end()
	}
	l.read.Store(&tellToEnd)
	g.Eventually(ended).Should(BeClosed())
	g.Expect(l.released.Load()).To(BeZero())
}

func TestOwnLeaseIsReleasedAfterItWasRead(t *testing.T) {
	g := NewWithT(t)
	l := newTestLock(t)
	g.Expect(l.Create(t.Context(), l.own())).To(Succeed())
	l.holder.Store(ptr.To(l.Identity()))
	_, _, err := l.Get(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(l.Update(t.Context(), resourcelock.LeaderElectionRecord{LeaseDurationSeconds: 1})).To(Succeed())
	g.Expect(l.released.Load()).To(BeEquivalentTo(1))
}

func TestTwoLocksAreNeverTheSame(t *testing.T) {
	NewWithT(t).Expect(newTestLock(t).Identity()).NotTo(Equal(newTestLock(t).Identity()))
}

func TestWithoutElectionTheLeaseIsHeld(t *testing.T) {
	var none *lease.Lock
	NewWithT(t).Expect(none.IsHeld(0)).To(BeTrue())
}
