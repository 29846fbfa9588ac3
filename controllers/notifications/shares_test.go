// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/prometheus/client_golang/prometheus/testutil"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

var _ = Describe("shares", func() {
	// fill has a namespace take all that it can, and returns how much that was.
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

	It("are of as many things as of bytes", func() {
		Expect(fill(newShares(amount{bytes: 1200, items: 10}), "a")).To(Equal(5))
		Expect(newShares(amount{}).fill("a", amount{})).To(BeZero())
	})
})

var _ = Describe("the names of recordings that wait", func() {
	It("come in turns of their namespaces", func() {
		waiting := NewTurns()
		name := func(namespace, name string) types.NamespacedName {
			return types.NamespacedName{Namespace: namespace, Name: name}
		}
		for i := range 1000 {
			waiting.Push(name("many", fmt.Sprint(i)))
		}
		waiting.Push(name("few", "a"))
		waiting.Push(name("few", "b"))
		var names []types.NamespacedName
		for range 5 {
			names = append(names, waiting.Pop())
		}
		Expect(names).To(Equal([]types.NamespacedName{
			name("many", "0"), name("few", "a"), name("many", "1"), name("few", "b"), name("many", "2"),
		}))
		Expect(waiting.Len()).To(Equal(997))
	})
})

// classOf returns a recording of a namespace.
func classOf(namespace string, i int) Recipient {
	name := fmt.Sprint("lesson-", i)
	return Recipient{
		Name: types.NamespacedName{Namespace: namespace, Name: name}, UID: types.UID(namespace + "-" + name), Secret: []byte(lessonSecret),
	}
}

// sizable returns a notification of nearly the greatest size.
func sizable(sid, notice string) string {
	var files []string
	for i := range 40 {
		files = append(files, fmt.Sprintf(`{"fileName":"%s-%d-%s.m3u8"}`, notice, i, strings.Repeat("x", 900)))
	}
	return notifyAbout(sid, notice, Uploaded, `"status":0,"fileList":[`+strings.Join(files, ",")+`]`)
}

var _ = Describe("a namespace whose statuses cannot be written", func() {
	const (
		recordings = 14
		maxBytes   = 2 << 20
	)
	small := func(options *InboxOptions) { options.MaxBytes = maxBytes }
	// expectServed checks that another namespace's notification is accepted, and shown.
	expectServed := func(ctx context.Context, r *replica, notice string) {
		GinkgoHelper()
		neighbor := classOf("neighbor", 0)
		r.directory.set("neighbor", neighbor)
		Expect(r.post(ctx, notifyAbout("neighbor", notice, Uploaded, ``), lessonSecret)).To(accepted())
		Eventually(r.notices(neighbor.UID)).Should(ContainElement(notice))
	}
	// overfill posts to all recordings of a namespace at once until each is refused.
	overfill := func(ctx context.Context, r *replica, namespace, try string) (took int) {
		GinkgoHelper()
		for i := range recordings {
			r.directory.set(fmt.Sprint(namespace, i), classOf(namespace, i))
		}
		for n := 0; ; n++ {
			answers := count(r.flood(ctx, recordings, func(i int) string {
				return sizable(fmt.Sprint(namespace, i), fmt.Sprint(namespace, i, "-", n, try))
			}))
			Expect(answers[Accepted] + answers[Overdrawn]).To(Equal(recordings))
			if took += answers[Accepted]; answers[Accepted] == 0 {
				return took
			}
		}
	}

	It("leaves others their share of the journal, after a restart too", func(ctx context.Context) {
		r := beginWith(ctx, createNamespace(ctx), nil, small)
		Expect(overfill(ctx, r, "school", "")).To(BeNumerically(">=", 15))
		Expect(r.logs).To(gbytes.Say("of this namespace wait to be recorded"))
		expectServed(ctx, r, "before")
		Expect(overfill(ctx, r, "college", "")).To(BeNumerically(">=", 5))
		expectServed(ctx, r, "then")

		r.stop()
		next := beginWith(ctx, r.namespace, nil, small)
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
		r := begin(ctx, nil)
		for i := range many {
			r.put(fmt.Sprint("bad-", i), "school", newEntry(Event{NoticeID: "n", Type: Uploaded}, []Recipient{classOf("school", i)}))
		}
		neighbors := map[string]Recipient{}
		for i := range many {
			neighbor := classOf("neighbor", i)
			neighbors[neighbor.Name.Name] = neighbor
			r.put(fmt.Sprint("good-", i), "neighbor", newEntry(Event{NoticeID: "n", Type: Uploaded}, []Recipient{neighbor}))
		}
		begin := time.Now()
		Eventually(func() map[string]Recipient {
			select {
			case arrival := <-r.inbox.Arrived():
				if neighbor, ok := neighbors[arrival.Object.Name]; ok && arrival.Object.Namespace == "neighbor" {
					r.inbox.Settle(neighbor.UID, r.inbox.Pending(neighbor.UID))
					delete(neighbors, arrival.Object.Name)
				}
			default:
			}
			return neighbors
		}).WithPolling(time.Millisecond).Should(BeEmpty())
		Expect(time.Since(begin)).To(BeNumerically("<", many*settlePatience/tellers/5))
	})

	It("gives up in time, says what is lost, and has room again", func(ctx context.Context) {
		r := beginWith(ctx, createNamespace(ctx), nil, func(options *InboxOptions) {
			options.MaxBytes, options.GiveUpAfter = maxBytes, 2*time.Second
		})
		took := overfill(ctx, r, "default", "")
		expectServed(ctx, r, "before")
		Eventually(func() float64 { return testutil.ToFloat64(r.inbox.options.Metrics.givenUp) }).Should(BeNumerically(">=", took))
		Expect(string(r.logs.Contents())).To(And(ContainSubstring("A notification is given up"), ContainSubstring("default0-0-39-x")))
		Eventually(batches(ctx, r.namespace)).Should(BeEmpty())
		Expect(r.inbox.Fill("default", 0)).To(BeNumerically("<", 0.01))
		Eventually(func(g Gomega) {
			events := &eventsv1.EventList{}
			g.Expect(k8sClient.List(ctx, events, client.InNamespace("default"))).To(Succeed())
			g.Expect(events.Items).To(ContainElement(And(
				HaveField("Reason", v1alpha1.NotificationGivenUpReason), HaveField("Regarding.Name", "lesson-0"), HaveField("Note", messageGivenUp))))
		}).Should(Succeed())
		Expect(r.post(ctx, sizable("default0", "again"), lessonSecret)).To(accepted())
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
		inbox.deliver(address{Namespace: "school", Name: "lesson", UID: "lesson-1"}, pendingEvent{event: Event{NoticeID: "n"}, batch: old})
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
			event := Event{NoticeID: fmt.Sprint("n-", i), Type: Uploaded, Failure: &Failure{Message: strings.Repeat("x", 100<<10)}}
			entry, err := encode(newEntry(event, []Recipient{lesson()}))
			Expect(err).NotTo(HaveOccurred())
			batch, err := newBatch(newBatchName(), namespace, "", "school", []json.RawMessage{entry}, weighAll(len(entry), nil))
			Expect(err).NotTo(HaveOccurred())
			Expect(k8sClient.Create(ctx, batch)).To(Succeed())
		}
		r := beginWith(ctx, namespace, nil, func(options *InboxOptions) { options.MaxBytes = maxBytes })
		Eventually(r.inbox.count).Should(BeNumerically(">", 3))
		Consistently(r.inbox.count).Should(BeNumerically("<", 6))
		Expect(r.inbox.Fill("school", 0)).To(BeNumerically(">", 1))
		r.directory.set("neighbor", classOf("neighbor", 0))
		Expect(r.post(ctx, notifyAbout("neighbor", "n", Uploaded, ``), lessonSecret)).
			To(beAnswered(http.StatusServiceUnavailable, Overdrawn), "nothing more is taken by a journal that is over its bound")

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
		Eventually(func() reply { return r.post(ctx, notifyAbout("neighbor", "n", Uploaded, ``), lessonSecret) }).Should(accepted())
	})

	It("takes no more memory than its bound says", func(ctx context.Context) {
		heap := func() int64 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.GC()
			runtime.ReadMemStats(&stats)
			return int64(stats.HeapAlloc)
		}
		r := begin(ctx, nil)
		// What takes most for each byte of its text: events that say nothing, for many.
		var recipients []Recipient
		for i := range 20 {
			recipients = append(recipients, classOf("school", i))
		}
		files := make([]v1alpha1.RecordedFile, maxFiles)
		for i := range files {
			files[i] = v1alpha1.RecordedFile{FileName: fmt.Sprint(i), MixedAllUser: new(bool), IsPlayable: new(bool), SliceStartTime: new(int64)}
		}
		begin := heap()
		for i := 0; ; i++ {
			var entries []entry
			for n := range 50 {
				entries = append(entries, newEntry(Event{NoticeID: fmt.Sprint(i, "-", n), Type: UploadingProgress}, recipients))
			}
			entries = append(entries, newEntry(Event{NoticeID: fmt.Sprint(i), Type: Uploaded, Files: files}, recipients[:1]))
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
		r := begin(ctx, nil)
		r.inbox.Expect("never", "school", 100)
		Expect(held(r)()).To(Equal(1))
		r.inbox.Withdraw("never")
		Expect(held(r)()).To(BeZero())
	})

	It("counts once when it is seen, and stays though its write seemed to fail", func(ctx context.Context) {
		r := begin(ctx, nil)
		r.inbox.Expect("seen", "school", 100)
		metadata := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Namespace: r.namespace, Name: "seen", UID: "seen-1", Labels: map[string]string{v1alpha1.NotificationsLabel: "accepted"},
		}}
		r.inbox.mu.Lock()
		// It is not in the API server, where it would be looked for.
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
		r := begin(ctx, nil)
		r.inbox.Expect("never", "school", 100)
		Expect(r.inbox.overlong()).To(BeEmpty())
		r.inbox.mu.Lock()
		r.inbox.batches["never"].expectedAt = time.Now().Add(-longestUnseen)
		r.inbox.mu.Unlock()
		Expect(r.inbox.overlong()).To(ConsistOf("never"))
		Expect(r.inbox.fetch(ctx, "never")).To(BeNil())
	})
})
