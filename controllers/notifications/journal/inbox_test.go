// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/prometheus/client_golang/prometheus/testutil"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/replicatest"
)

var _ = Describe("the inbox", func() {
	pupil := notifications.Recipient{Name: types.NamespacedName{Namespace: "school", Name: "pupil"}, UID: "pupil-1"}
	at := func(notice string, seconds, sequence int64) notifications.Event {
		return notifications.Event{NoticeID: notice, Type: notifications.UploadingProgress, Time: time.Unix(seconds, 0).UTC(), Sequence: sequence}
	}
	accept := func(ctx context.Context, r *replica, event notifications.Event, recipients ...notifications.Recipient) {
		GinkgoHelper()
		Expect(r.journal.Accept(ctx, event, recipients)).To(Succeed())
	}

	It("shows events as they happened, whichever order they came in", func(ctx context.Context) {
		r := begin(ctx)
		accept(ctx, r, at("d", 200, 9), lesson())
		accept(ctx, r, at("b", 100, 2), lesson())
		accept(ctx, r, at("c", 200, 3), lesson())
		accept(ctx, r, at("a", 100, 1), lesson())
		Eventually(r.notices("lesson-1")).Should(Equal([]string{"a", "b", "c", "d"}))
		Expect(r.inbox.Pending("pupil-1")).To(BeEmpty())
	})

	It("shows an event once that two replicas have accepted", func(ctx context.Context) {
		r := begin(ctx)
		other := beginIn(ctx, r.Namespace)
		accept(ctx, r, at("n-1", 100, 1), lesson())
		accept(ctx, other, at("n-1", 100, 1), lesson())
		Eventually(r.inbox.count).Should(Equal(2))
		Expect(r.notices("lesson-1")()).To(Equal([]string{"n-1"}))

		By("settling it once")
		r.inbox.Settle("lesson-1", r.inbox.Pending("lesson-1"))
		Eventually(batches(ctx, r.Namespace)).Should(BeEmpty())
		Eventually(other.inbox.count).Should(BeZero())
	})

	It("shows a new process what an old one has accepted", func(ctx context.Context) {
		r := begin(ctx)
		accept(ctx, r, at("n-1", 100, 1), lesson())
		accept(ctx, r, at("n-2", 100, 2), lesson())
		r.Stop()

		next := beginIn(ctx, r.Namespace)
		Eventually(next.notices("lesson-1")).Should(Equal([]string{"n-1", "n-2"}))
		Eventually(next.inbox.Arrived()).Should(Receive(HaveField("Object.Name", "lesson")))
	})

	It("deletes a ConfigMap once all of it is settled", func(ctx context.Context) {
		r := begin(ctx)
		accept(ctx, r, at("n-1", 100, 1), lesson(), pupil)
		Eventually(r.inbox.count).Should(Equal(2))
		pending := r.inbox.Pending("lesson-1")

		r.inbox.Settle("lesson-1", pending)
		Expect(r.inbox.Pending("lesson-1")).To(BeEmpty())
		Expect(r.inbox.Pending("pupil-1")).To(HaveLen(1))
		Consistently(batches(ctx, r.Namespace)).Should(HaveLen(1))

		r.inbox.Settle("pupil-1", pending)
		Eventually(batches(ctx, r.Namespace)).Should(BeEmpty())

		By("doing nothing when it is settled again")
		r.inbox.Settle("pupil-1", pending)
		r.inbox.Settle("unknown", pending)
		Expect(r.inbox.count()).To(BeZero())
	})

	It("keeps what arrived after the pending events were read", func(ctx context.Context) {
		r := begin(ctx)
		accept(ctx, r, at("n-1", 100, 1), lesson())
		Eventually(r.notices("lesson-1")).Should(HaveLen(1))
		pending := r.inbox.Pending("lesson-1")
		accept(ctx, r, at("n-0", 50, 0), lesson())
		Eventually(r.notices("lesson-1")).Should(HaveLen(2))
		r.inbox.Settle("lesson-1", pending)
		Eventually(batches(ctx, r.Namespace)).Should(HaveLen(1))
		Expect(r.notices("lesson-1")()).To(Equal([]string{"n-0"}))
	})

	It("deletes what is settled when the API server is back", func(ctx context.Context) {
		r := begin(ctx)
		accept(ctx, r, at("n-1", 100, 1), lesson())
		Eventually(r.notices("lesson-1")).Should(HaveLen(1))
		r.Network.Set(replicatest.Refuse)
		r.inbox.Settle("lesson-1", r.inbox.Pending("lesson-1"))
		Eventually(r.Logs).Should(gbytes.Say("Failed to delete recorded notifications, and will retry"))
		Expect(batches(ctx, r.Namespace)(Default)).To(HaveLen(1))
		r.Network.Set(nil)
		Eventually(batches(ctx, r.Namespace)).Should(BeEmpty())
	})

	It("deletes what is settled though the API server has once answered that it has changed", func(ctx context.Context) {
		r := begin(ctx)
		accept(ctx, r, at("n-1", 100, 1), lesson())
		Eventually(r.notices("lesson-1")).Should(HaveLen(1))
		r.Network.Set(replicatest.Contradict)
		r.inbox.Settle("lesson-1", r.inbox.Pending("lesson-1"))
		Eventually(r.Logs).Should(gbytes.Say("Failed to delete recorded notifications, and will retry"))
		r.Network.Set(nil)
		Eventually(batches(ctx, r.Namespace)).Should(BeEmpty())
	})

	It("shows what was settled and not deleted to whoever leads next", func(ctx context.Context) {
		r := begin(ctx)
		accept(ctx, r, at("n-1", 100, 1), lesson())
		Eventually(r.notices("lesson-1")).Should(HaveLen(1))
		r.Network.Set(replicatest.Refuse)
		r.inbox.Settle("lesson-1", r.inbox.Pending("lesson-1"))
		r.Stop()
		next := beginIn(ctx, r.Namespace)
		Eventually(next.notices("lesson-1")).Should(HaveLen(1))
	})

	It("discards what is meant for an object that is gone", func(ctx context.Context) {
		r := begin(ctx)
		successor := lesson()
		successor.UID = "lesson-2"
		accept(ctx, r, at("n-1", 100, 1), lesson(), successor, pupil)
		Eventually(r.inbox.count).Should(Equal(3))

		r.inbox.Discard(lesson().Name, "lesson-2")
		Expect(r.inbox.Pending("lesson-1")).To(BeEmpty())
		Expect(r.inbox.Pending("lesson-2")).To(HaveLen(1))
		r.inbox.Discard(lesson().Name, "")
		Expect(r.inbox.Pending("lesson-2")).To(BeEmpty())
		Expect(r.inbox.Pending("pupil-1")).To(HaveLen(1))
		r.inbox.Discard(pupil.Name, "")
		Eventually(batches(ctx, r.Namespace)).Should(BeEmpty())
	})

	It("logs the files that came too late for an object that is gone", func(ctx context.Context) {
		r := begin(ctx)
		late := at("n-1", 100, 1)
		late.Files = []v1alpha1.RecordedFile{{FileName: "late.m3u8"}, {FileName: "late.m3u8"}}
		accept(ctx, r, late, lesson())
		Eventually(r.inbox.count).Should(Equal(1))
		r.inbox.Discard(lesson().Name, "lesson-1")
		Expect(string(r.Logs.Contents())).NotTo(ContainSubstring("late.m3u8"))
		r.inbox.Discard(lesson().Name, "")
		Expect(r.Logs).To(gbytes.Say(`Dropped notifications.*"files": \["late.m3u8"\]`))
	})

	It("tells of a recording once for all that arrived meanwhile", func(ctx context.Context) {
		r := begin(ctx)
		for i := range 20 {
			accept(ctx, r, at(fmt.Sprint("lesson-", i), 100, 1), lesson())
			accept(ctx, r, at(fmt.Sprint("pupil-", i), 100, 1), pupil)
		}
		Eventually(r.inbox.count).Should(Equal(40))
		told := map[string]int{}
		Eventually(func() map[string]int {
			select {
			case arrival := <-r.inbox.Arrived():
				Expect(arrival.Object.Namespace).To(Equal("school"))
				told[arrival.Object.Name]++
			default:
			}
			return told
		}).Should(And(HaveKey("lesson"), HaveKey("pupil")))
		Expect(told["lesson"] + told["pupil"]).To(BeNumerically("<=", 4))

		By("telling of what arrives later")
		Eventually(drain(r.inbox)).Should(BeFalse())
		accept(ctx, r, at("last", 100, 1), pupil)
		Eventually(r.inbox.Arrived()).Should(Receive(HaveField("Object.Name", "pupil")))
	})

	It("tells of few recordings at once, for their statuses are written then", func(ctx context.Context) {
		r := begin(ctx)
		var recordings []notifications.Recipient
		for n := range tellers + 1 {
			name := fmt.Sprint("pupil-", n)
			recordings = append(recordings, notifications.Recipient{Name: types.NamespacedName{Namespace: "school", Name: name}, UID: types.UID(name)})
		}
		accept(ctx, r, at("n-1", 100, 1), recordings...)
		// Whoever tells waits from then on, which may be before this goroutine goes on.
		first := time.Now()
		for range tellers {
			Eventually(r.inbox.Arrived()).Should(Receive())
		}

		By("going on when nothing is settled for a while")
		Eventually(r.inbox.Arrived()).Should(Receive())
		Expect(time.Since(first)).To(BeNumerically(">=", settleTimeout))
	})

	It("tells of the next as soon as one is settled", func(ctx context.Context) {
		r := begin(ctx)
		recordings := map[string]notifications.Recipient{}
		for n := range 10 * tellers {
			name := fmt.Sprint("pupil-", n)
			recordings[name] = notifications.Recipient{Name: types.NamespacedName{Namespace: "school", Name: name}, UID: types.UID(name)}
		}
		accept(ctx, r, at("n-1", 100, 1), slices.Collect(maps.Values(recordings))...)
		Eventually(r.inbox.count).Should(Equal(len(recordings)))
		for r.inbox.count() > 0 {
			var arrival event.TypedGenericEvent[*v1alpha1.CloudRecording]
			Eventually(r.inbox.Arrived()).Should(Receive(&arrival))
			uid := recordings[arrival.Object.Name].UID
			r.inbox.Settle(uid, r.inbox.Pending(uid))
		}
		Eventually(batches(ctx, r.Namespace)).Should(BeEmpty())
	})

	It("forgets what somebody else has deleted", func(ctx context.Context) {
		r := begin(ctx)
		accept(ctx, r, at("n-1", 100, 1), lesson(), pupil)
		Eventually(r.inbox.count).Should(Equal(2))
		batch := batches(ctx, r.Namespace)(Default)[0]
		Expect(k8sClient.Delete(ctx, &batch)).To(Succeed())
		Eventually(r.inbox.count).Should(BeZero())
		Expect(r.inbox.Pending("lesson-1")).To(BeEmpty())
		Expect(r.inbox.Fill("school", 0)).To(BeNumerically("<", 0.01))
	})

	It("skips what it cannot read, and goes on", func(ctx context.Context) {
		r := begin(ctx)
		put := func(name, content string) {
			GinkgoHelper()
			Expect(k8sClient.Create(ctx, &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{
					Namespace: r.Namespace, Name: name, Labels: map[string]string{v1alpha1.NotificationsLabel: "accepted"},
				},
				Data: map[string]string{batchKey: content},
			})).To(Succeed())
		}
		put("no-json", `content`)
		put("newer", `{"version":2,"entries":[]}`)
		put("empty", `{"version":1}`)
		put("partly", `{"version":1,"entries":["content",{"event":{"type":"content"}},`+
			`{"event":{"noticeId":"n-1","type":31},"recipients":[{"namespace":"school","name":"lesson","uid":"lesson-1"}]}]}`)
		accept(ctx, r, at("n-2", 100, 1), lesson())
		Eventually(r.notices("lesson-1")).Should(Equal([]string{"n-1", "n-2"}))
		Eventually(func() float64 { return testutil.ToFloat64(r.inbox.options.Metrics.unreadable) }).Should(BeEquivalentTo(5))
		Expect(strings.Count(string(r.Logs.Contents()), "Cannot read accepted notifications")).To(Equal(3))
		Expect(r.Logs).To(gbytes.Say("Skipped accepted notifications that cannot be read"))

		r.inbox.Settle("lesson-1", r.inbox.Pending("lesson-1"))
		Eventually(batches(ctx, r.Namespace)).Should(ConsistOf(
			HaveField("Name", "no-json"), HaveField("Name", "newer"), HaveField("Name", "empty")))
	})

	It("says when a recording has had its share", func(ctx context.Context) {
		r := begin(ctx)
		for n := range maxPendingOfRecording {
			Expect(r.inbox.IsOverdrawn("lesson-1")).To(BeFalse())
			r.put(fmt.Sprint(n), "school", newEntry(at(fmt.Sprint(n), 100, 1), []notifications.Recipient{lesson()}))
		}
		Expect(r.inbox.IsOverdrawn("lesson-1")).To(BeTrue())
		Expect(r.inbox.IsOverdrawn("pupil-1")).To(BeFalse())

		By("giving it another when some of its events are gone")
		r.inbox.remove("7")
		Expect(r.inbox.IsOverdrawn("lesson-1")).To(BeFalse())
	})
})

// drain returns a function that receives one arrival, if there is any.
func drain(inbox *Inbox) func() bool {
	return func() bool {
		select {
		case <-inbox.Arrived():
			return true
		default:
			return false
		}
	}
}

// put makes an inbox read a ConfigMap that is not in the API server.
func (r *replica) put(name, namespace string, entries ...entry) {
	GinkgoHelper()
	var encoded []json.RawMessage
	for _, held := range entries {
		content, err := encode(held)
		Expect(err).NotTo(HaveOccurred())
		encoded = append(encoded, content)
	}
	configMap, err := newBatch(name, r.Namespace, "", namespace, encoded, largestBatchBytes)
	Expect(err).NotTo(HaveOccurred())
	r.inbox.mu.Lock()
	held := &heldBatch{key: batchKeyed{name: name, uid: types.UID(name)}, namespace: namespace, bytes: largestBatchBytes, created: time.Now()}
	r.inbox.know(held)
	r.inbox.inMemory.take(namespace, amount{bytes: held.bytes})
	r.inbox.mu.Unlock()
	r.inbox.take(held, configMap)
}
