// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("The limit of requests a second", func() {
	limited := func(changes ...func(*agorasim.Options)) *service {
		return newService(append([]func(*agorasim.Options){func(o *agorasim.Options) { o.RequestsPerSecond = 0 }}, changes...)...)
	}
	send := func(s *service) int { return s.acquire(members{}).Status }
	use := func(s *service, n int) {
		for range n {
			Expect(send(s)).To(Equal(http.StatusOK))
		}
	}
	after := func(s *service, d time.Duration) { s.wall.SetTime(beginning.Add(d)) }

	It("is 10 if nothing else is said", func() {
		s := limited()
		use(s, 10)
		Expect(send(s)).To(Equal(http.StatusTooManyRequests))
	})

	It("answers the gateway's 429, which has no code and no Retry-After", func() {
		s := limited()
		use(s, 10)
		got := s.acquire(members{})
		Expect(got.Body).To(MatchJSON(`{"message":"API rate limit exceeded"}`))
		Expect(got.Header).NotTo(HaveKey("Retry-After"))
	})

	It("holds over any sliding second, not over calendar seconds", func() {
		s := limited()
		after(s, 900*time.Millisecond)
		use(s, 10)
		after(s, 1100*time.Millisecond)
		Expect(send(s)).To(Equal(http.StatusTooManyRequests))
		after(s, 1900*time.Millisecond-time.Nanosecond)
		Expect(send(s)).To(Equal(http.StatusTooManyRequests))
		after(s, 1900*time.Millisecond)
		use(s, 10)
	})

	It("frees one place at a time", func() {
		s := limited()
		for i := range 10 {
			after(s, time.Duration(i)*100*time.Millisecond)
			use(s, 1)
		}
		after(s, time.Second)
		use(s, 1)
		Expect(send(s)).To(Equal(http.StatusTooManyRequests))
	})

	It("is not used up by refused requests", func() {
		s := limited()
		use(s, 10)
		after(s, 500*time.Millisecond)
		for range 30 {
			Expect(send(s)).To(Equal(http.StatusTooManyRequests))
		}
		after(s, time.Second)
		use(s, 10)
	})

	It("keeps a refused request from taking effect", func() {
		s := limited()
		recording := s.running()
		use(s, 10)
		Expect(s.stopAsync(recording).Status).To(Equal(http.StatusTooManyRequests))
		Expect(s.now(recording)).To(SatisfyAll(HaveField("Running", true), HaveField("StopRequests", 1)))
	})

	It("counts a request when it arrives, not when it is answered", func() {
		s := limited(func(o *agorasim.Options) { o.RequestsPerSecond = 1 })
		recording := s.running()
		answers := s.beginStop(recording)
		s.awaitWaiting(1)
		after(s, time.Second)
		s.clock.Step(uploadDuration)
		Expect(await(answers).Status).To(Equal(http.StatusOK))
		use(s, 1)
	})

	It("is kept in real time, whatever the speed of the simulated one", func() {
		s := limited(func(o *agorasim.Options) { o.Speed = 1000 })
		use(s, 10)
		s.clock.Step(time.Hour)
		Expect(send(s)).To(Equal(http.StatusTooManyRequests))
	})

	It("is not used by requests that no account sent", func() {
		s := limited()
		for range 20 {
			s.call(http.MethodPost, basePath+"/acquire", "", func(r *http.Request) { r.SetBasicAuth(customerID, "wrong") })
		}
		use(s, 10)
		Expect(s.Accounts()[0].Requests).To(Equal(10))
	})

	It("is used by requests that the service refuses", func() {
		s := limited()
		for range 10 {
			Expect(s.call(http.MethodPost, basePath+"/acquire", "null").Status).To(Equal(http.StatusBadRequest))
		}
		Expect(send(s)).To(Equal(http.StatusTooManyRequests))
	})

	It("is each account's own", func() {
		s := limited()
		s.SetCredential("other", "other-secret")
		use(s, 10)
		asOther := func(r *http.Request) { r.SetBasicAuth("other", "other-secret") }
		got := s.call(http.MethodPost, basePath+"/acquire", encode(envelope(members{})), asOther)
		Expect(got.Status).To(Equal(http.StatusOK))
	})

	It("is shared by the credentials of one account", func() {
		s := limited()
		s.SetCredential("other", "other-secret")
		s.SetAccount("other", customerID)
		use(s, 10)
		asOther := func(r *http.Request) { r.SetBasicAuth("other", "other-secret") }
		got := s.call(http.MethodPost, basePath+"/acquire", encode(envelope(members{})), asOther)
		Expect(got.Status).To(Equal(http.StatusTooManyRequests))
		Expect(s.Accounts()).To(ConsistOf(SatisfyAll(
			HaveField("Name", customerID), HaveField("CustomerIDs", []string{customerID, "other"}),
			HaveField("Requests", 11), HaveField("RateLimited", 1),
		)))
	})

	It("keeps the account of a customer ID whose secret changes", func() {
		s := limited()
		s.SetAccount(customerID, "account")
		s.SetCredential(customerID, secret)
		Expect(s.Accounts()).To(ConsistOf(HaveField("Name", "account")))
	})

	It("leaves an unknown customer ID out of an account", func() {
		s := limited()
		s.SetAccount("unknown", "account")
		Expect(s.Accounts()).To(ConsistOf(HaveField("Name", customerID)))
	})

	It("can be changed, lifted, and given back its default", func() {
		s := limited()
		s.SetRequestsPerSecond(customerID, 2)
		use(s, 2)
		Expect(send(s)).To(Equal(http.StatusTooManyRequests))
		s.SetRequestsPerSecond(customerID, -1)
		use(s, 30)
		s.SetRequestsPerSecond(customerID, 0)
		Expect(s.Accounts()[0].RequestsPerSecond).To(Equal(10))
		Expect(send(s)).To(Equal(http.StatusTooManyRequests))
	})

	It("is none if negative", func() {
		s := limited(func(o *agorasim.Options) { o.RequestsPerSecond = -1 })
		use(s, 50)
	})

	It("counts what arrived and what was refused", func() {
		s := limited()
		use(s, 8)
		after(s, 999*time.Millisecond)
		for range 4 {
			send(s)
		}
		after(s, 5*time.Second)
		use(s, 1)
		Expect(s.Accounts()[0]).To(SatisfyAll(HaveField("RateLimited", 2), HaveField("Requests", 13)))
	})
})
