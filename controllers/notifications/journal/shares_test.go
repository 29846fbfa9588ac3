// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus/testutil"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

var _ = Describe("shares", func() {
	// fill makes a namespace take as much as it can, and returns how much that was.
	fill := func(s *shares, namespace string) (taken int) {
		for s.fill(namespace, amount{bytes: 1, items: 1}) <= 1 {
			s.take(namespace, amount{bytes: 1, items: 1})
			taken++
		}
		return taken
	}

	It("leave something for another, however many take all they can", func() {
		s := newShares(amount{bytes: 1200, items: 5000})
		Expect(fill(s, "a")).To(Equal(600))
		Expect(fill(s, "b")).To(Equal(300))
		Expect(fill(s, "c")).To(Equal(150))

		By("dividing equally what is given back")
		s.giveBack("a", amount{bytes: 600, items: 600})
		Expect(s.byOwner).NotTo(HaveKey("a"))
		Expect(fill(s, "b")).To(Equal(225))
		Expect(fill(s, "c")).To(BeNumerically(">", 100))
		Expect(fill(s, "a")).To(BeNumerically(">", 100))
	})

	It("say how full that of the namespace is which has filled most of its own", func() {
		s := newShares(amount{bytes: 1200, items: 5000})
		Expect(s.fullest()).To(BeZero())
		s.take("a", amount{bytes: 300, items: 1})
		Expect(s.fullest()).To(BeNumerically("~", 1.0/3, 1e-9))
		fill(s, "b")
		Expect(s.fullest()).To(BeNumerically("~", 1, 0.01))
		s.giveBack("b", s.byOwner["b"])
		Expect(s.fullest()).To(BeNumerically("~", 1.0/3, 1e-9))
	})

	It("are of as many things as of bytes", func() {
		Expect(fill(newShares(amount{bytes: 1200, items: 10}), "a")).To(Equal(5))
		Expect(newShares(amount{}).fill("a", amount{})).To(BeZero())
	})
})

// classOf returns a recording of a namespace.
func classOf(namespace string, i int) notifications.Recipient {
	name := fmt.Sprint("lesson-", i)
	return notifications.Recipient{
		Name: types.NamespacedName{Namespace: namespace, Name: name}, UID: types.UID(namespace + "-" + name),
	}
}

// uploaded returns a small event.
func uploaded(notice string) notifications.Event {
	return notifications.Event{NoticeID: notice, Type: notifications.Uploaded}
}

// sizable returns an event of nearly the maximum size.
func sizable(notice string) notifications.Event {
	event := uploaded(notice)
	for i := range 40 {
		event.Files = append(event.Files, v1alpha1.RecordedFile{FileName: fmt.Sprintf("%s-%d-%s.m3u8", notice, i, strings.Repeat("x", 900))})
	}
	return event
}

var _ = Describe("a namespace whose statuses cannot be written", func() {
	const (
		recordings = 14
		maxBytes   = 2 << 20
	)
	small := func(options *InboxOptions) { options.MaxBytes = maxBytes }
	// expectServed checks that a notification of another namespace is accepted and shown.
	expectServed := func(ctx context.Context, r *replica, notice string) {
		GinkgoHelper()
		neighbor := classOf("neighbor", 0)
		Expect(r.journal.Accept(ctx, uploaded(notice), []notifications.Recipient{neighbor})).To(Succeed())
		Eventually(r.notices(neighbor.UID)).Should(ContainElement(notice))
	}
	// overfill sends events for all recordings of a namespace at the same time, until
	// each recording's are refused.
	overfill := func(ctx context.Context, r *replica, namespace, try string) (took int) {
		GinkgoHelper()
		for n := 0; ; n++ {
			outcomes := make(chan error, recordings)
			for i := range recordings {
				event := sizable(fmt.Sprint(namespace, i, "-", n, try))
				go func() { outcomes <- r.journal.Accept(ctx, event, []notifications.Recipient{classOf(namespace, i)}) }()
			}
			refused := 0
			for range recordings {
				if err := <-outcomes; err != nil {
					Expect(err).To(MatchError(ErrNamespaceOverdrawn))
					refused++
				}
			}
			if took += recordings - refused; refused == recordings {
				return took
			}
		}
	}

	It("leaves others their share of the journal, after a restart too", func(ctx context.Context) {
		r := beginWith(ctx, createNamespace(ctx), small)
		Expect(overfill(ctx, r, "school", "")).To(BeNumerically(">=", 15))
		expectServed(ctx, r, "before")
		Expect(overfill(ctx, r, "college", "")).To(BeNumerically(">=", 5))
		expectServed(ctx, r, "then")

		r.Stop()
		next := beginWith(ctx, r.Namespace, small)
		Eventually(next.notices(classOf("neighbor", 0).UID)).Should(ContainElements("before", "then"))
		Expect(overfill(ctx, next, "school", "again")).To(BeNumerically("<", 5))
		expectServed(ctx, next, "after")
		next.inbox.mu.Lock()
		defer next.inbox.mu.Unlock()
		Expect(next.inbox.known.taken.bytes).To(BeNumerically("<", maxBytes))
		Expect(next.inbox.inMemory.taken.bytes).To(BeNumerically("<", maxBytes))
	})

	It("does not keep others waiting for their turn to be recorded", func(ctx context.Context) {
		const many = 400
		r := begin(ctx)
		for i := range many {
			r.put(fmt.Sprint("bad-", i), "school", newEntry(uploaded("n"), []notifications.Recipient{classOf("school", i)}))
		}
		neighbors := map[string]notifications.Recipient{}
		for i := range many {
			neighbor := classOf("neighbor", i)
			neighbors[neighbor.Name.Name] = neighbor
			r.put(fmt.Sprint("good-", i), "neighbor", newEntry(uploaded("n"), []notifications.Recipient{neighbor}))
		}
		// Nothing but the inbox is to take time here.
		begin := time.Now()
		for len(neighbors) > 0 {
			var arrived types.NamespacedName
			select {
			case arrival := <-r.inbox.Arrived():
				arrived = types.NamespacedName{Namespace: arrival.Object.Namespace, Name: arrival.Object.Name}
			case <-ctx.Done():
				Fail("not all neighbors were told of")
			}
			if neighbor, ok := neighbors[arrived.Name]; ok && arrived.Namespace == neighbor.Name.Namespace {
				r.inbox.Settle(neighbor.UID, r.inbox.Pending(neighbor.UID))
				delete(neighbors, arrived.Name)
			}
		}
		Expect(time.Since(begin)).To(BeNumerically("<", many*settleTimeout/tellers/5))
	})

	It("gives up in time, says what is lost, and has room again", func(ctx context.Context) {
		r := beginWith(ctx, createNamespace(ctx), func(options *InboxOptions) {
			options.MaxBytes, options.GiveUpAfter = maxBytes, 2*time.Second
		})
		took := overfill(ctx, r, "default", "")
		expectServed(ctx, r, "before")
		Eventually(func() float64 { return testutil.ToFloat64(r.inbox.options.Metrics.givenUp) }).Should(BeNumerically(">=", took))
		Expect(string(r.Logs.Contents())).To(And(ContainSubstring("Gave up on a notification"), ContainSubstring("default0-0-39-x")))
		Eventually(batches(ctx, r.Namespace)).Should(BeEmpty())
		// What is deleted counts until the cache shows that it is.
		Eventually(r.inbox.Fill).WithArguments("default", 0).Should(BeNumerically("<", 0.01))
		Eventually(func(g Gomega) {
			events := &eventsv1.EventList{}
			g.Expect(k8sClient.List(ctx, events, client.InNamespace("default"))).To(Succeed())
			g.Expect(events.Items).To(ContainElement(And(
				HaveField("Reason", v1alpha1.NotificationGivenUpReason), HaveField("Regarding.Name", "lesson-0"), HaveField("Note", messageGivenUp))))
		}).Should(Succeed())
		Expect(r.journal.Accept(ctx, sizable("again"), []notifications.Recipient{classOf("default", 0)})).To(Succeed())
	})
})

var _ = Describe("what the inbox gives up", func() {
	It("was tried for a while by the process that leads, however old it is", func() {
		now := time.Now()
		inbox := NewInbox(InboxOptions{Namespace: "operator"})
		DeferCleanup(inbox.arrivals.ShutDown)
		DeferCleanup(inbox.settled.ShutDown)
		old := &heldBatch{key: batchKeyed{name: "old"}, created: now.Add(-2 * defaultGiveUpAfter), readAt: now}
		inbox.mu.Lock()
		inbox.know(old)
		inbox.deliver(address{Namespace: "school", Name: "lesson", UID: "lesson-1"}, pendingEvent{event: notifications.Event{NoticeID: "n"}, batch: old})
		inbox.mu.Unlock()
		Expect(inbox.overdue(now.Add(-2 * shortestTry))).To(BeEmpty())
		old.readAt = now.Add(-2 * shortestTry)
		Expect(inbox.overdue(now)).To(BeEmpty())
		Expect(inbox.overdue(now.Add(-2 * shortestTry))).To(HaveLen(1))
		Expect(inbox.overdue(now.Add(-2 * shortestTry))).To(BeEmpty())
	})
})

var _ = Describe("a journal that is larger than its bound", func() {
	It("is read as far as there is room, and the rest when there is", func(ctx context.Context) {
		const (
			maxBytes = 1 << 20
			number   = 30
		)
		namespace := createNamespace(ctx)
		for i := range number {
			event := notifications.Event{NoticeID: fmt.Sprint("n-", i), Type: notifications.Uploaded, Failure: &notifications.Failure{Message: strings.Repeat("x", 100<<10)}}
			entry, err := encode(newEntry(event, []notifications.Recipient{lesson()}))
			Expect(err).NotTo(HaveOccurred())
			batch, err := newBatch(newBatchName(), namespace, "", "school", []json.RawMessage{entry}, weighAll(len(entry), nil))
			Expect(err).NotTo(HaveOccurred())
			Expect(k8sClient.Create(ctx, batch)).To(Succeed())
		}
		r := beginWith(ctx, namespace, func(options *InboxOptions) { options.MaxBytes = maxBytes })
		Eventually(r.inbox.count).Should(BeNumerically(">", 3))
		Consistently(r.inbox.count).Should(BeNumerically("<", 6))
		Eventually(r.inbox.Fill).WithArguments("school", 0).Should(BeNumerically(">", 1))
		accept := func() error {
			return r.journal.Accept(ctx, uploaded("n"), []notifications.Recipient{classOf("neighbor", 0)})
		}
		Expect(accept()).To(MatchError(ErrNamespaceOverdrawn), "nothing more is taken by a journal that is over its bound")

		By("reading the rest as it is recorded")
		seen := map[string]bool{}
		Eventually(func(g Gomega) {
			for _, pending := range r.inbox.Pending("lesson-1") {
				seen[pending.NoticeID] = true
			}
			r.inbox.Settle("lesson-1", r.inbox.Pending("lesson-1"))
			g.Expect(batches(ctx, namespace)(g)).To(BeEmpty())
		}).Should(Succeed())
		Expect(seen).To(HaveLen(number))
		Eventually(accept).Should(Succeed())
	})

	It("takes no more memory than its bound says", func(ctx context.Context) {
		heap := func() int64 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.GC()
			runtime.ReadMemStats(&stats)
			return int64(stats.HeapAlloc)
		}
		r := begin(ctx)
		// Empty events for many recipients take the most memory for each byte of text.
		var recipients []notifications.Recipient
		for i := range 20 {
			recipients = append(recipients, classOf("school", i))
		}
		files := make([]v1alpha1.RecordedFile, 1000)
		for i := range files {
			files[i] = v1alpha1.RecordedFile{FileName: fmt.Sprint(i), MixedAllUser: new(bool), IsPlayable: new(bool), SliceStartTime: new(int64)}
		}
		begin := heap()
		for i := 0; ; i++ {
			var entries []entry
			for n := range 50 {
				entries = append(entries, newEntry(notifications.Event{NoticeID: fmt.Sprint(i, "-", n), Type: notifications.UploadingProgress}, recipients))
			}
			entries = append(entries, newEntry(notifications.Event{NoticeID: fmt.Sprint(i), Type: notifications.Uploaded, Files: files}, recipients[:1]))
			weight := weighAll(0, entries)
			if r.inbox.Fill("school", weight) > 1 {
				break
			}
			r.put(fmt.Sprint(i), "school", entries...)
		}
		taken := heap() - begin
		r.inbox.mu.Lock()
		counted := r.inbox.inMemory.taken.bytes
		r.inbox.mu.Unlock()
		Expect(counted).To(BeNumerically(">", maxJournalBytes/3))
		Expect(taken).To(BeNumerically("<=", counted))
		Expect(maxJournalBytes).To(BeNumerically("<=", 512<<20/8))
	})
})

var _ = Describe("a ConfigMap that was about to be written", func() {
	held := func(r *replica) func() int {
		return func() int {
			r.inbox.mu.Lock()
			defer r.inbox.mu.Unlock()
			return r.inbox.known.taken.items
		}
	}

	It("counts from then on, unless it was not written", func(ctx context.Context) {
		r := begin(ctx)
		r.inbox.Expect("never", "school", 100)
		Expect(held(r)()).To(Equal(1))
		r.inbox.Withdraw("never")
		Expect(held(r)()).To(BeZero())
	})

	It("counts once when it is seen, and stays though its write seemed to fail", func(ctx context.Context) {
		r := begin(ctx)
		r.inbox.Expect("seen", "school", 100)
		metadata := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Namespace: r.Namespace, Name: "seen", UID: "seen-1", Labels: map[string]string{v1alpha1.NotificationsLabel: "accepted"},
		}}
		r.inbox.mu.Lock()
		// Full memory keeps the ConfigMap, which is not in the API server, from being
		// read.
		r.inbox.inMemory.take("school", amount{bytes: 2 * maxJournalBytes})
		r.inbox.mu.Unlock()
		r.inbox.see(metadata)
		r.inbox.see(metadata)
		r.inbox.Withdraw("seen")
		Expect(held(r)()).To(Equal(1))
		r.inbox.remove("seen")
		Expect(held(r)()).To(BeZero())
	})

	It("is looked for when it is not seen for long", func(ctx context.Context) {
		r := begin(ctx)
		r.inbox.Expect("never", "school", 100)
		Expect(r.inbox.overlong()).To(BeEmpty())
		r.inbox.mu.Lock()
		r.inbox.batches["never"].expectedAt = time.Now().Add(-longestUnseen)
		r.inbox.mu.Unlock()
		Expect(r.inbox.overlong()).To(ConsistOf("never"))
		Expect(r.inbox.store.fetch(ctx, "never")).To(BeNil())
	})
})
