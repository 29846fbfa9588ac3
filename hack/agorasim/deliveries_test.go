// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gleak"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

func (s *service) notify(r agorasim.Recording, eventType int) string {
	GinkgoHelper()
	id, err := s.SendNotification(r.SID, eventType, nil)
	Expect(err).NotTo(HaveOccurred())
	return id
}

// delivery returns the only entry in the log of notifications.
func (s *service) delivery() notify.Delivery {
	GinkgoHelper()
	Expect(s.Deliveries()).To(HaveLen(1))
	return s.Deliveries()[0]
}

func (s *service) attempts() int { return len(s.delivery().Attempts) }

func (s *service) addNotificationFault(fault notify.Fault) string {
	GinkgoHelper()
	id, err := s.AddNotificationFault(fault)
	Expect(err).NotTo(HaveOccurred())
	return id
}

var _ = Describe("The delivery of a notification", func() {
	var (
		inbox *receiver
		s     *service
		r     agorasim.Recording
	)
	BeforeEach(func() {
		inbox = newReceiver()
		s = newService(sentTo(inbox))
		r = s.running()
	})

	It("is logged", func() {
		id := s.notify(r, notify.EventUploaded)
		Eventually(s.delivery).Should(Equal(notify.Delivery{
			Number: 1, NoticeID: id, EventType: 31, MsgName: "uploaded", AppID: appID, CName: cname, UID: uid, SID: r.SID,
			EventTime: beginning, State: notify.DeliveryDone,
			Attempts: []notify.Attempt{{NotifyMs: beginning.UnixMilli(), Status: http.StatusOK}},
		}))
	})

	It("is attempted again at once, then after growing pauses, three times at the most", func() {
		inbox.answer(func(int) int { return http.StatusServiceUnavailable })
		s.notify(r, notify.EventUploaded)
		Eventually(s.attempts).Should(Equal(2))
		s.awaitWaiting(2)
		s.clock.Step(10*time.Second - time.Nanosecond)
		Expect(s.attempts()).To(Equal(2))
		s.clock.Step(time.Nanosecond)
		Eventually(s.attempts).Should(Equal(3))
		s.awaitWaiting(2)
		s.clock.Step(30 * time.Second)
		Eventually(s.delivery).Should(HaveField("State", notify.DeliveryGivenUp))
		attempts := inbox.notifications()
		Expect(attempts).To(HaveLen(4))
		for i, attempt := range attempts {
			Expect(attempt).To(signedBy(notificationSecret))
			Expect(attempt.NoticeID).To(Equal(attempts[0].NoticeID))
			Expect(attempt.Payload).To(Equal(attempts[0].Payload))
			if i > 0 {
				Expect(attempt.NotifyMs).To(BeNumerically(">", attempts[i-1].NotifyMs))
			}
		}
	})

	DescribeTable("ends with the first 200, and with nothing else", func(status int) {
		inbox.answer(func(n int) int {
			if n == 1 {
				return status
			}
			return http.StatusOK
		})
		s.notify(r, notify.EventUploaded)
		Eventually(s.delivery).Should(HaveField("State", notify.DeliveryDone))
		Expect(s.delivery().Attempts).To(HaveExactElements(HaveField("Status", status), HaveField("Status", http.StatusOK)))
	},
		Entry("after a 201", http.StatusCreated),
		Entry("after a redirection, which is not followed", http.StatusMovedPermanently),
		Entry("after a 401", http.StatusUnauthorized),
		Entry("after a 500", http.StatusInternalServerError),
	)

	It("fails where the receiver takes too long, and the next one goes on meanwhile", func() {
		arrived := make(chan int, 10)
		var uploads atomic.Int32
		held := make(chan struct{})
		slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
			defer GinkgoRecover()
			var told notification
			Expect(json.NewDecoder(request.Body).Decode(&told)).To(Succeed())
			arrived <- told.EventType
			if told.EventType == notify.EventUploaded && uploads.Add(1) == 1 {
				select {
				case <-held:
				case <-request.Context().Done():
				}
			}
		}))
		DeferCleanup(slow.Close)
		DeferCleanup(func() { close(held) })
		s := newService(func(o *agorasim.Options) {
			o.NotificationTimeout = 2 * time.Second
			o.Notifications.URL = slow.URL
		})
		r := s.running()
		s.notify(r, notify.EventUploaded)
		s.notify(r, notify.EventSessionExit)
		Eventually(s.Deliveries).Should(HaveEach(HaveField("State", notify.DeliveryDone)))
		Expect(s.Deliveries()[0].Attempts).To(HaveExactElements(
			SatisfyAll(HaveField("Status", 0), HaveField("Problem", ContainSubstring("exceeded"))), HaveField("Status", http.StatusOK)))
		// The first two are on their way together.
		Expect([]int{<-arrived, <-arrived}).To(ConsistOf(notify.EventUploaded, notify.EventSessionExit))
		Expect(<-arrived).To(Equal(notify.EventUploaded))
	})

	It("says why there was no answer, without the URL", func() {
		// The address of a listener that is closed could be anybody's.
		Expect(s.SetNotifications(notify.Settings{Receiver: notify.Receiver{URL: "http://127.0.0.1:1/token"}})).To(Succeed())
		s.notify(r, notify.EventUploaded)
		Eventually(s.attempts).Should(Equal(2))
		Expect(s.delivery().Attempts[0].Problem).To(SatisfyAll(ContainSubstring("refused"), Not(ContainSubstring("token"))))
	})

	It("holds up neither calls nor recordings", func() {
		held := make(chan struct{})
		stuck := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
		DeferCleanup(stuck.Close)
		DeferCleanup(func() { close(held) })
		Expect(s.SetNotifications(notify.Settings{Receiver: notify.Receiver{URL: stuck.URL}})).To(Succeed())
		s.notify(r, notify.EventUploaded)
		Expect(s.stopAsync(r).Status).To(Equal(http.StatusOK))
		s.clock.Step(time.Hour)
		Expect(s.now(r).Exited).To(BeTrue())
		s.Close()
	})

	It("ends with the simulator, and with it all that works for it", func() {
		inbox.answer(func(int) int { return http.StatusServiceUnavailable })
		before := gleak.Goroutines()
		clock := clocktesting.NewFakeClock(beginning)
		options := agorasim.Options{Clock: clock, Bucket: newArchive().Bucket}
		sentTo(inbox)(&options)
		simulator := agorasim.New(options)
		r, err := simulator.AddRecording(agorasim.RecordingOptions{AppID: appID, CName: cname, UID: uid, Mode: recorder.ModeMix})
		Expect(err).NotTo(HaveOccurred())
		_, err = simulator.SendNotification(r.SID, notify.EventUploaded, nil)
		Expect(err).NotTo(HaveOccurred())
		Eventually(inbox.notifications).Should(HaveLen(2))
		simulator.Close()
		Expect(clock.Waiters()).To(BeZero())
		clock.Step(24 * time.Hour)
		Expect(inbox.notifications()).To(HaveLen(2))
		Eventually(gleak.Goroutines).ShouldNot(gleak.HaveLeaked(before))
	})

	It("does not begin after the simulator was closed", func() {
		s.Close()
		s.notify(r, notify.EventUploaded)
		s.stopAsync(r)
		s.clock.Step(time.Hour)
		Expect(s.delivery()).To(HaveField("State", notify.DeliveryPending))
		Expect(inbox.notifications()).To(BeEmpty())
	})
})

var _ = Describe("A fault of notifications", func() {
	var (
		inbox *receiver
		s     *service
		r     agorasim.Recording
	)
	BeforeEach(func() {
		inbox = newReceiver()
		s = newService(sentTo(inbox))
		r = s.running()
	})
	settled := func() {
		GinkgoHelper()
		Eventually(s.Deliveries).Should(HaveEach(HaveField("State", Not(Equal(notify.DeliveryPending)))))
	}

	It("loses one", func() {
		id := s.addNotificationFault(notify.Fault{Effect: notify.EffectLose, Times: 1})
		s.notify(r, notify.EventUploaded)
		s.notify(r, notify.EventSessionExit)
		settled()
		Expect(inbox.types()).To(Equal([]int{notify.EventSessionExit}))
		Expect(s.Deliveries()[0]).To(SatisfyAll(HaveField("State", notify.DeliveryLost), HaveField("Fault", id), HaveField("Attempts", BeEmpty())))
		Expect(s.NotificationFaults()).To(BeEmpty())
	})

	It("sends one twice", func() {
		s.addNotificationFault(notify.Fault{Effect: notify.EffectDuplicate})
		s.notify(r, notify.EventUploaded)
		settled()
		both := inbox.notifications()
		Expect(both).To(HaveLen(2))
		Expect(both[1].NoticeID).To(Equal(both[0].NoticeID))
		Expect(both[1].Payload).To(Equal(both[0].Payload))
		Expect(both[1].NotifyMs).NotTo(Equal(both[0].NotifyMs))
	})

	It("sends an event in two notifications", func() {
		s.addNotificationFault(notify.Fault{Effect: notify.EffectRedundant})
		s.notify(r, notify.EventUploaded)
		settled()
		both := inbox.notifications()
		Expect(both).To(HaveLen(2))
		Expect(both[1].NoticeID).NotTo(Equal(both[0].NoticeID))
		Expect(both[1].Payload).To(Equal(both[0].Payload))
		Expect(s.Deliveries()).To(HaveLen(2))
	})

	It("delays one, and lets others by", func() {
		s.addNotificationFault(notify.Fault{
			Effect: notify.EffectDelay, Delay: metav1.Duration{Duration: 20 * time.Second}, EventTypes: []int{notify.EventUploaded},
		})
		s.notify(r, notify.EventUploaded)
		s.notify(r, notify.EventSessionExit)
		Eventually(inbox.types).Should(Equal([]int{notify.EventSessionExit}))
		s.awaitWaiting(2)
		s.clock.Step(20*time.Second - time.Nanosecond)
		Expect(inbox.types()).To(HaveLen(1))
		s.clock.Step(time.Nanosecond)
		Eventually(inbox.types).Should(Equal([]int{notify.EventSessionExit, notify.EventUploaded}))
		Expect(inbox.notifications()[1].Payload.SendTs).To(Equal(beginning.UnixMilli()))
	})

	It("reverses the order of some", func() {
		s.addNotificationFault(notify.Fault{Effect: notify.EffectReverse, Times: 3, SID: r.SID})
		s.notify(r, notify.EventRecorderLeave)
		s.notify(r, notify.EventUploaded)
		Expect(inbox.types()).To(BeEmpty())
		s.notify(r, notify.EventSessionExit)
		s.notify(r, notify.EventWarning)
		Eventually(inbox.types).Should(Equal([]int{11, 31, 41, 2}))
	})

	It("sends what it held back when it is removed", func() {
		s.addNotificationFault(notify.Fault{Effect: notify.EffectReverse, Times: 3})
		s.notify(r, notify.EventUploaded)
		s.notify(r, notify.EventSessionExit)
		s.ClearNotificationFaults()
		Eventually(inbox.types).Should(Equal([]int{11, 31}))
	})

	DescribeTable("spoils the signatures", func(effect notify.Effect, signatures OmegaMatcher) {
		s.addNotificationFault(notify.Fault{Effect: effect})
		s.notify(r, notify.EventUploaded)
		Expect(inbox.awaitOne(notify.EventUploaded)).To(signatures)
	},
		Entry("both by another secret", notify.EffectWrongSignature, SatisfyAll(
			HaveField("Header", HaveKey("Agora-Signature")), HaveField("Header", HaveKey("Agora-Signature-V2")),
			Not(haveV1(notificationSecret)), Not(haveV2(notificationSecret)))),
		Entry("by leaving out the second", notify.EffectWithoutV2,
			SatisfyAll(haveV1(notificationSecret), HaveField("Header", Not(HaveKey("Agora-Signature-V2"))))),
		Entry("by leaving out both", notify.EffectUnsigned,
			HaveField("Header", Not(Or(HaveKey("Agora-Signature"), HaveKey("Agora-Signature-V2"))))),
	)

	It("strikes only what it matches", func() {
		for _, fault := range []notify.Fault{
			{EventTypes: []int{notify.EventBackuped}}, {SID: "other"}, {AppID: "other"}, {CName: "other"},
		} {
			fault.Effect = notify.EffectLose
			s.addNotificationFault(fault)
		}
		s.notify(r, notify.EventUploaded)
		inbox.awaitOne(notify.EventUploaded)
		s.notify(r, notify.EventBackuped)
		Eventually(s.Deliveries).Should(ContainElement(HaveField("State", notify.DeliveryLost)))
	})

	It("can be cleared", func() {
		s.addNotificationFault(notify.Fault{Effect: notify.EffectLose})
		s.ClearNotificationFaults()
		Expect(s.NotificationFaults()).To(BeEmpty())
		s.notify(r, notify.EventUploaded)
		inbox.awaitOne(notify.EventUploaded)
	})

	DescribeTable("is refused", func(fault notify.Fault) {
		_, err := s.AddNotificationFault(fault)
		Expect(err).To(HaveOccurred())
		Expect(s.NotificationFaults()).To(BeEmpty())
	},
		Entry("without an effect", notify.Fault{}),
		Entry("with an unknown one", notify.Fault{Effect: "eat"}),
		Entry("for an unknown event", notify.Fault{Effect: notify.EffectLose, EventTypes: []int{5}}),
		Entry("with negative times", notify.Fault{Effect: notify.EffectLose, Times: -1}),
		Entry("as a delay of nothing", notify.Fault{Effect: notify.EffectDelay}),
		Entry("with a delay that is none of its", notify.Fault{
			Effect: notify.EffectLose, Delay: metav1.Duration{Duration: time.Second}}),
		Entry("as the reversal of one", notify.Fault{Effect: notify.EffectReverse, Times: 1}),
	)
})
