// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("A fault", func() {
	var (
		s *service
		r agorasim.Recording
	)
	BeforeEach(func() {
		s = newService()
		r = s.running()
	})

	strike := func(effect faults.Effect) answer {
		GinkgoHelper()
		s.addFault(faults.Fault{Method: faults.MethodStop, Times: 1, Effect: effect})
		return s.attempt(http.MethodPost, stopPath(r), stopBody(r, true))
	}
	stopped := SatisfyAll(HaveField("Running", false), HaveField("StopsTaken", 1))
	untouched := SatisfyAll(HaveField("Running", true), HaveField("StopsTaken", 0), HaveField("StopRequests", 1))

	It("drops the reply after the call took effect", func() {
		got := strike(faults.EffectDropAfterActing)
		Expect(got.Err).To(MatchError(io.EOF))
		Expect(s.now(r)).To(stopped)
		Expect(s.stopAsync(r)).To(refuse(http.StatusBadRequest, 49))
	})

	It("drops a synchronous stop's reply when that would have come", func() {
		s.addFault(faults.Fault{Effect: faults.EffectDropAfterActing})
		answers := s.beginStop(r)
		s.awaitWaiting(1)
		Expect(s.now(r)).To(stopped)
		s.clock.Step(uploadDuration)
		Expect(await(answers).Err).To(MatchError(io.EOF))
	})

	It("drops the call before it takes effect", func() {
		Expect(strike(faults.EffectDropBeforeActing).Err).To(MatchError(io.EOF))
		Expect(s.now(r)).To(untouched)
		Expect(s.stopAsync(r).Status).To(Equal(http.StatusOK))
	})

	It("answers that there were too many requests, without effect", func() {
		got := strike(faults.EffectTooManyRequests)
		Expect(got.Status).To(Equal(http.StatusBadRequest))
		Expect(got.text("message")).To(ContainSubstring("request rate"))
		Expect(s.now(r)).To(untouched)
		Expect(s.stopAsync(r).Status).To(Equal(http.StatusOK))
	})

	It("answers what it is told to, without effect", func() {
		s.addFault(faults.Fault{
			Effect: faults.EffectAnswer, Status: http.StatusPartialContent,
			Body: `{"code":65}`, ContentType: "application/problem+json",
		})
		got := s.stopAsync(r)
		Expect(got).To(SatisfyAll(HaveField("Status", http.StatusPartialContent), HaveField("Body", `{"code":65}`)))
		Expect(got.Header.Get("Content-Type")).To(Equal("application/problem+json"))
		Expect(s.now(r)).To(untouched)
	})

	It("answers what it is told to, after the call took effect", func() {
		s.addFault(faults.Fault{
			Effect: faults.EffectAnswerAfterActing, Status: http.StatusPartialContent,
			Body: `{"code":65,"reason":"request not completed"}`, ContentType: "application/json",
		})
		Expect(s.stopAsync(r)).To(refuse(http.StatusPartialContent, 65))
		Expect(s.now(r)).To(stopped)
	})

	It("answers as it is what was refused, so that nobody is told of an effect that there was not", func() {
		s.addFault(faults.Fault{Effect: faults.EffectAnswerAfterActing, Status: http.StatusOK, Body: "{}"})
		Expect(s.LoseWorker(r.SID, time.Minute)).To(Succeed())
		Expect(s.stopAsync(r)).To(refuse(http.StatusNotFound, 404))
		Expect(s.now(r).Running).To(BeTrue())
	})

	It("answers nothing but a status", func() {
		s.addFault(faults.Fault{Effect: faults.EffectAnswer, Status: http.StatusServiceUnavailable})
		Expect(s.stopAsync(r)).To(SatisfyAll(HaveField("Status", http.StatusServiceUnavailable), HaveField("Body", "")))
	})

	It("says when to come again", func() {
		s.addFault(faults.Fault{Effect: faults.EffectAnswer, Status: http.StatusTooManyRequests, RetryAfter: "2"})
		Expect(s.stopAsync(r).Header.Get("Retry-After")).To(Equal("2"))
	})

	It("answers a proxy's page, without effect", func() {
		got := strike(faults.EffectGatewayPage)
		Expect(got.Err).NotTo(HaveOccurred())
		Expect(got.Status).To(Equal(http.StatusBadGateway))
		Expect(got.Header.Get("Content-Type")).To(HavePrefix("text/html"))
		Expect(got.Body).To(ContainSubstring("<title>502 Bad Gateway</title>"))
		Expect(s.now(r)).To(untouched)
	})

	It("leaves the body of the answer empty, after the call took effect", func() {
		got := strike(faults.EffectEmptyBody)
		Expect(got.Err).NotTo(HaveOccurred())
		Expect(got).To(SatisfyAll(HaveField("Status", http.StatusOK), HaveField("Body", "")))
		Expect(s.now(r)).To(stopped)
	})

	It("cuts the body in the middle, after the call took effect", func() {
		got := strike(faults.EffectCutBody)
		Expect(got.Err).To(MatchError(io.ErrUnexpectedEOF))
		Expect(got.Status).To(Equal(http.StatusOK))
		Expect(got.Body).To(HavePrefix(`{"cname":"lesson",`))
		Expect(got.Body).NotTo(HaveSuffix("}"))
		Expect(s.now(r)).To(stopped)
	})

	DescribeTable("hangs until the client gives up",
		func(effect faults.Effect, result OmegaMatcher) {
			s.addFault(faults.Fault{Effect: effect})
			ctx, leave := context.WithCancel(context.Background())
			defer leave()
			answers := begin(func() answer {
				return s.attemptUntil(ctx, http.MethodPost, stopPath(r), stopBody(r, true))
			})
			Eventually(func() agorasim.Recording { return s.now(r) }).Should(result)
			Eventually(s.Requests).Should(ConsistOf(HaveField("Fault", Not(BeEmpty()))))
			s.clock.Step(24 * time.Hour)
			Expect(answers).NotTo(Receive())
			leave()
			Expect(await(answers).Err).To(MatchError(context.Canceled))
			Expect(s.now(r)).To(result)
			Expect(s.Requests()[0].Status).To(BeZero())
		},
		Entry("without effect", faults.EffectHang, untouched),
		Entry("after the call took effect", faults.EffectHangAfterActing, stopped),
	)

	It("delays the call before it takes effect", func() {
		s.addFault(faults.Fault{DelayBeforeActing: metav1.Duration{Duration: 10 * time.Second}})
		answers := begin(func() answer { return s.attempt(http.MethodPost, stopPath(r), stopBody(r, true)) })
		s.awaitWaiting(1)
		s.clock.Step(10*time.Second - time.Nanosecond)
		Expect(s.now(r)).To(untouched)
		s.clock.Step(time.Nanosecond)
		Expect(await(answers).Status).To(Equal(http.StatusOK))
		Expect(s.now(r).StoppedAt).To(Equal(beginning.Add(10 * time.Second)))
	})

	It("delays the reply after the call took effect", func() {
		s.addFault(faults.Fault{DelayBeforeReply: metav1.Duration{Duration: 10 * time.Second}})
		answers := begin(func() answer { return s.attempt(http.MethodPost, stopPath(r), stopBody(r, true)) })
		s.awaitWaiting(1)
		Expect(s.now(r)).To(stopped)
		s.clock.Step(10*time.Second - time.Nanosecond)
		Expect(s.clock.Waiters()).To(Equal(1))
		s.clock.Step(time.Nanosecond)
		Expect(await(answers).Status).To(Equal(http.StatusOK))
	})

	It("delays the reply by more than the upload takes", func() {
		s.addFault(faults.Fault{DelayBeforeReply: metav1.Duration{Duration: 10 * time.Second}})
		answers := s.beginStop(r)
		s.awaitWaiting(1)
		s.clock.Step(uploadDuration)
		s.awaitWaiting(1)
		s.clock.Step(10*time.Second - time.Nanosecond)
		Expect(answers).NotTo(Receive())
		s.clock.Step(time.Nanosecond)
		Expect(await(answers).serverResponse()).To(HaveKey("uploadingStatus"))
	})

	It("delays and then strikes", func() {
		s.addFault(faults.Fault{
			Effect:            faults.EffectDropBeforeActing,
			DelayBeforeActing: metav1.Duration{Duration: time.Second}, DelayBeforeReply: metav1.Duration{Duration: time.Second},
		})
		answers := begin(func() answer { return s.attempt(http.MethodPost, stopPath(r), stopBody(r, true)) })
		for range 2 {
			s.awaitWaiting(1)
			s.clock.Step(time.Second)
		}
		Expect(await(answers).Err).To(MatchError(io.EOF))
		Expect(s.now(r)).To(untouched)
	})

	It("lets a call go whose client gave up during the delay, without effect", func() {
		s.addFault(faults.Fault{DelayBeforeActing: metav1.Duration{Duration: time.Second}})
		Expect(s.attemptThenLeave(http.MethodPost, stopPath(r), stopBody(r, true), 1).Err).To(HaveOccurred())
		Eventually(s.clock.Waiters).Should(BeZero())
		s.clock.Step(time.Hour)
		Expect(s.now(r)).To(untouched)
	})

	Describe("strikes", func() {
		failing := func(change func(*faults.Fault)) string {
			GinkgoHelper()
			fault := faults.Fault{Effect: faults.EffectAnswer, Status: http.StatusTeapot}
			change(&fault)
			return s.addFault(fault)
		}
		struck := HaveField("Status", http.StatusTeapot)

		It("every call until it is removed", func() {
			id := failing(func(*faults.Fault) {})
			for range 20 {
				Expect(s.query(r)).To(struck)
			}
			Expect(s.RemoveFault(id)).To(BeTrue())
			Expect(s.query(r)).NotTo(struck)
			Expect(s.RemoveFault(id)).To(BeFalse())
		})

		It("as often as it says", func() {
			failing(func(f *faults.Fault) { f.Times = 2 })
			Expect(s.query(r)).To(struck)
			Expect(s.Faults()).To(ConsistOf(HaveField("Times", 1)))
			Expect(s.query(r)).To(struck)
			Expect(s.Faults()).To(BeEmpty())
			Expect(s.query(r)).NotTo(struck)
		})

		It("calls of its method alone", func() {
			failing(func(f *faults.Fault) { f.Method = faults.MethodStop })
			Expect(s.query(r)).NotTo(struck)
			Expect(s.acquire(members{})).NotTo(struck)
			Expect(s.stopAsync(r)).To(struck)
		})

		It("calls for its App ID alone", func() {
			failing(func(f *faults.Fault) { f.AppID = "other" })
			Expect(s.acquire(members{})).NotTo(struck)
			path := strings.Replace(basePath, "/app/", "/other/", 1) + "/acquire"
			Expect(s.call(http.MethodPost, path, encode(envelope(members{})))).To(struck)
		})

		It("calls for its sid alone", func() {
			other := s.running(func(o *agorasim.RecordingOptions) { o.CName = "other" })
			failing(func(f *faults.Fault) { f.SID = other.SID })
			Expect(s.query(r)).NotTo(struck)
			Expect(s.query(other)).To(struck)
		})

		It("calls for its cname alone, with or without a body", func() {
			other := s.running(func(o *agorasim.RecordingOptions) { o.CName = "other" })
			failing(func(f *faults.Fault) { f.CName = cname })
			Expect(s.acquire(members{})).To(struck)
			Expect(s.start("any", recorder.ModeMix, members{})).To(struck)
			Expect(s.query(r)).To(struck)
			Expect(s.stopAsync(r)).To(struck)
			Expect(s.query(other)).NotTo(struck)
			Expect(s.stopAsync(other)).NotTo(struck)
		})

		It("calls that match all it names", func() {
			failing(func(f *faults.Fault) { f.Method, f.SID = faults.MethodQuery, "other" })
			Expect(s.query(r)).NotTo(struck)
		})

		It("before a younger one", func() {
			first := failing(func(f *faults.Fault) { f.Times = 1 })
			second := failing(func(f *faults.Fault) { f.Status = http.StatusConflict })
			Expect(s.query(r)).To(struck)
			Expect(s.query(r).Status).To(Equal(http.StatusConflict))
			requests := s.Requests()
			Expect([]string{requests[0].Fault, requests[1].Fault}).To(Equal([]string{first, second}))
		})

		It("no call that the gateway refuses", func() {
			failing(func(f *faults.Fault) { f.Times = 1 })
			Expect(s.call(http.MethodGet, "/nowhere", "").Status).To(Equal(http.StatusNotFound))
			unauthenticated := func(r *http.Request) { r.Header.Del("Authorization") }
			Expect(s.call(http.MethodGet, queryPath(r), "", unauthenticated).Status).To(Equal(http.StatusUnauthorized))
			s.SetRequestsPerSecond(customerID, 0)
			Expect(s.Faults()).To(HaveLen(1))
			Expect(s.query(r)).To(struck)
		})

		It("no longer when all are cleared", func() {
			failing(func(*faults.Fault) {})
			failing(func(*faults.Fault) {})
			s.ClearFaults()
			Expect(s.Faults()).To(BeEmpty())
			Expect(s.query(r)).NotTo(struck)
		})
	})

	It("has an ID of its own, whatever the caller says", func() {
		first := s.addFault(faults.Fault{ID: "mine"})
		second := s.addFault(faults.Fault{ID: "mine"})
		Expect(first).NotTo(SatisfyAny(Equal("mine"), Equal(second)))
		Expect(s.Faults()).To(HaveExactElements(HaveField("ID", first), HaveField("ID", second)))
	})

	DescribeTable("is refused", func(fault faults.Fault) {
		_, err := s.AddFault(fault)
		Expect(err).To(HaveOccurred())
		Expect(s.Faults()).To(BeEmpty())
	},
		Entry("with an unknown effect", faults.Fault{Effect: "explode"}),
		Entry("with an unknown method", faults.Fault{Method: "Stop"}),
		Entry("that answers without a status", faults.Fault{Effect: faults.EffectAnswer}),
		Entry("that answers a status below 200", faults.Fault{Effect: faults.EffectAnswer, Status: 100}),
		Entry("that answers a status above 599", faults.Fault{Effect: faults.EffectAnswer, Status: 600}),
		Entry("with a status that nobody will see", faults.Fault{Effect: faults.EffectHang, Status: 500}),
		Entry("with a body that nobody will see", faults.Fault{Body: "{}"}),
		Entry("that strikes less than never", faults.Fault{Times: -1}),
		Entry("with a negative delay before acting", faults.Fault{DelayBeforeActing: metav1.Duration{Duration: -1}}),
		Entry("with a negative delay before the reply", faults.Fault{DelayBeforeReply: metav1.Duration{Duration: -1}}),
	)
})
