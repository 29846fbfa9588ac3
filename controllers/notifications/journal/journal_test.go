// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/replicatest"
)

var _ = Describe("the journal", func() {
	event := func(notice string) notifications.Event {
		return notifications.Event{NoticeID: notice, Type: notifications.Uploaded, SID: lessonSID, Time: time.UnixMilli(1611566412000).UTC()}
	}

	It("writes an immutable ConfigMap without a secret in it", func(ctx context.Context) {
		r := begin(ctx)
		Expect(r.journal.Accept(ctx, event("n-1"), []notifications.Recipient{lesson()})).To(Succeed())
		written := batches(ctx, r.Namespace)(Default)
		Expect(written).To(HaveLen(1))
		Expect(written[0].Name).To(HavePrefix("cloudrecording-notifications-"))
		Expect(written[0].Immutable).To(Equal(ptr.To(true)))
		Expect(written[0].Labels).To(And(
			HaveKeyWithValue(v1alpha1.NotificationsLabel, "accepted"), HaveKeyWithValue(v1alpha1.NotificationsNamespaceLabel, "school")))
		Expect(written[0].Data).To(HaveLen(1))
		Expect(written[0].Data["notifications.json"]).To(MatchJSON(`{"version":1,"entries":[{
			"event":{"noticeId":"n-1","type":31,"time":"2021-01-25T09:20:12Z","sid":"` + lessonSID + `"},
			"recipients":[{"namespace":"school","name":"lesson","uid":"lesson-1"}]}]}`))
	})

	// recipientOf returns one of many recordings, each with its own share.
	recipientOf := func(i int) notifications.Recipient {
		return notifications.Recipient{Name: lesson().Name, UID: types.UID(fmt.Sprint("lesson-", i))}
	}

	It("writes together what comes while a write is under way", func(ctx context.Context) {
		const events = 2 * maxBatchEntries
		r := begin(ctx)
		r.journal = New(Options{
			Client: r.inbox.options.Client, Namespace: r.Namespace, Backlog: r.inbox, MaxWaiting: 2 * events,
		})
		gate := make(chan struct{})
		r.Network.Set(replicatest.HoldUntil(gate))
		outcomes := make(chan error, events)
		begin := func(i int) {
			go func() {
				outcomes <- r.journal.Accept(ctx, event(fmt.Sprint(i)), []notifications.Recipient{recipientOf(i)})
			}()
		}
		begin(0)
		Eventually(r.Network.Creations.Load).Should(BeEquivalentTo(1))
		for i := range events - 1 {
			begin(i + 1)
		}
		Eventually(func() int {
			r.journal.mu.Lock()
			defer r.journal.mu.Unlock()
			return len(r.journal.queues["school"])
		}).Should(Equal(events - 1))
		Expect(outcomes).To(BeEmpty())
		close(gate)
		for range events {
			Expect(<-outcomes).To(Succeed())
		}
		Expect(batches(ctx, r.Namespace)(Default)).To(HaveLen(1 + 2))
		Eventually(r.inbox.count).Should(Equal(events))
	})

	It("bounds the size of a ConfigMap", func(ctx context.Context) {
		const events = 8
		r := begin(ctx)
		gate := make(chan struct{})
		r.Network.Set(replicatest.HoldUntil(gate))
		outcomes := make(chan error, events)
		for i := range events {
			large := event(fmt.Sprint(i))
			for j := range 150 {
				name := fmt.Sprintf("%d-%s", j, strings.Repeat("x", 1000))
				large.Files = append(large.Files, v1alpha1.RecordedFile{FileName: name})
			}
			go func() { outcomes <- r.journal.Accept(ctx, large, []notifications.Recipient{lesson()}) }()
		}
		close(gate)
		for range events {
			Expect(<-outcomes).To(Succeed())
		}
		for _, batch := range batches(ctx, r.Namespace)(Default) {
			Expect(len(batch.Data[batchKey])).To(BeNumerically("<", maxBatchBytes+1024))
		}
		Eventually(r.notices("lesson-1")).Should(HaveLen(events))
	})

	It("writes at once when nothing else waits", func(ctx context.Context) {
		r := begin(ctx)
		Expect(r.journal.Accept(ctx, event("first"), []notifications.Recipient{lesson()})).To(Succeed())
		Eventually(func() int {
			r.journal.mu.Lock()
			defer r.journal.mu.Unlock()
			return len(r.journal.queues)
		}).Should(BeZero())
	})

	It("does not write what nobody waits for any more", func(ctx context.Context) {
		r := begin(ctx)
		gate := make(chan struct{})
		r.Network.Set(replicatest.HoldUntil(gate))
		first := make(chan error, 1)
		go func() { first <- r.journal.Accept(ctx, event("first"), []notifications.Recipient{lesson()}) }()
		Eventually(r.Network.Creations.Load).Should(BeEquivalentTo(1))

		impatient, cancel := context.WithCancel(ctx)
		second := make(chan error, 1)
		go func() { second <- r.journal.Accept(impatient, event("second"), []notifications.Recipient{lesson()}) }()
		Eventually(func() int {
			r.journal.mu.Lock()
			defer r.journal.mu.Unlock()
			return len(r.journal.queues["school"])
		}).Should(Equal(1))
		cancel()
		Expect(<-second).To(MatchError(context.Canceled))

		close(gate)
		Expect(<-first).To(Succeed())
		Expect(r.journal.Accept(ctx, event("third"), []notifications.Recipient{lesson()})).To(Succeed())
		Eventually(r.notices("lesson-1")).Should(ConsistOf("first", "third"))
	})

	DescribeTable("begins a write after the last one began", func(fill float64, after time.Duration) {
		Expect(commitInterval(fill)).To(BeNumerically("~", after, time.Millisecond))
	},
		Entry("soon when nothing is pending", 0.0, 40*time.Millisecond),
		Entry("soon when some batches are pending", unhurriedFill, 40*time.Millisecond),
		Entry("later when many are", 0.575, 1020*time.Millisecond),
		Entry("late when the share is full", 1.0, 2*time.Second),
		Entry("late when it is more than full", math.Inf(1), 2*time.Second),
	)

	It("lasts for minutes while nobody leads", func() {
		var lasts time.Duration
		share := newShares(amount{bytes: maxJournalBytes, items: maxJournalBatches})
		for share.fill("school", amount{items: 1}) <= 1 {
			lasts += commitInterval(share.fill("school", amount{items: 1}))
			share.take("school", amount{items: 1})
		}
		Expect(lasts).To(BeNumerically(">", 5*time.Minute))
	})

	It("takes no more for a namespace that has had its share, and goes on for others", func(ctx context.Context) {
		journal := New(Options{
			Client: k8sClient, Namespace: createNamespace(ctx), Backlog: backlog{full: "school"},
		})
		another := recipientOf(2)
		another.Name.Namespace = "another"
		Expect(journal.Accept(ctx, event("n"), []notifications.Recipient{lesson()})).To(MatchError(ErrNamespaceOverdrawn))
		Expect(journal.Accept(ctx, event("n"), []notifications.Recipient{another, lesson()})).To(MatchError(ErrNamespaceOverdrawn))
		Expect(journal.Accept(ctx, event("n"), []notifications.Recipient{another})).To(Succeed())
	})

	It("lets no namespace take all places of what waits", func(ctx context.Context) {
		r := begin(ctx)
		gate := make(chan struct{})
		r.Network.Set(replicatest.HoldUntil(gate))
		another := recipientOf(2)
		another.Name.Namespace = "another"
		outcomes := make(chan error, 2*defaultMaxWaiting)
		for i := range defaultMaxWaiting {
			go func() {
				outcomes <- r.journal.Accept(ctx, event(fmt.Sprint(i)), []notifications.Recipient{recipientOf(i)})
			}()
		}
		for range defaultMaxWaiting / 2 {
			Eventually(outcomes).Should(Receive(MatchError(ErrNamespaceBusy)))
		}
		Consistently(outcomes).ShouldNot(Receive())
		last := make(chan error, 1)
		go func() { last <- r.journal.Accept(ctx, event("another"), []notifications.Recipient{another}) }()
		Consistently(last).ShouldNot(Receive())
		close(gate)
		Eventually(last).Should(Receive(BeNil()))
		for range defaultMaxWaiting / 2 {
			Eventually(outcomes).Should(Receive(BeNil()))
		}
	})

	It("takes no more for a recording that has had its share", func(ctx context.Context) {
		journal := New(Options{
			Client: k8sClient, Namespace: createNamespace(ctx), Backlog: backlog{overdrawn: lesson().UID},
		})
		Expect(journal.Accept(ctx, event("n"), []notifications.Recipient{lesson()})).To(MatchError(ErrRecordingOverdrawn))
		Expect(journal.Accept(ctx, event("n"), []notifications.Recipient{recipientOf(2), lesson()})).To(MatchError(ErrRecordingOverdrawn))
		Expect(journal.Accept(ctx, event("n"), []notifications.Recipient{recipientOf(2)})).To(Succeed())
	})
})

// backlog is a Backlog that a spec controls.
type backlog struct {
	full      string
	overdrawn types.UID
}

func (b backlog) Fill(namespace string, _ int) float64 {
	if namespace == b.full {
		return 2
	}
	return 0
}

func (b backlog) IsOverdrawn(recording types.UID) bool { return recording == b.overdrawn }

func (backlog) Expect(string, string, int) {}

func (backlog) Withdraw(string) {}
