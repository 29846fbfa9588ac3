// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("The log of requests", func() {
	It("holds what a request is about, and the status it was answered", func() {
		s := newService()
		r := s.running()
		s.wall.SetTime(beginning.Add(time.Second))
		s.clock.Step(time.Minute)
		s.query(r)
		Expect(s.Requests()).To(Equal([]agorasim.Request{{
			Number: 1, Time: beginning.Add(time.Second), ServiceTime: beginning.Add(time.Minute),
			Method: faults.MethodQuery, Verb: http.MethodGet, Path: queryPath(r),
			AppID: appID, ResourceID: r.ResourceID, SID: r.SID, Mode: r.Mode, CustomerID: customerID, Status: http.StatusOK,
		}}))
	})

	It("never holds a secret", func() {
		s := newService()
		s.start(s.acquired(members{}), recorder.ModeMix, startRequest(recorder.ModeMix))
		log, err := json.Marshal(s.Requests())
		Expect(err).NotTo(HaveOccurred())
		Expect(string(log)).NotTo(SatisfyAny(ContainSubstring(secret), ContainSubstring("secretKey"), ContainSubstring("Basic")))
	})

	It("keeps the latest requests only", func() {
		s := newService(func(o *agorasim.Options) { o.RequestLogSize = 3 })
		for range 10 {
			s.acquire(members{})
		}
		Expect(s.Requests()).To(HaveExactElements(HaveField("Number", 8), HaveField("Number", 9), HaveField("Number", 10)))
	})

	It("has no status of a request that waits", func() {
		s := newService()
		answers := s.beginStop(s.running())
		s.awaitWaiting(1)
		Expect(s.Requests()).To(ConsistOf(HaveField("Status", 0)))
		s.clock.Step(uploadDuration)
		await(answers)
		Expect(s.Requests()).To(ConsistOf(HaveField("Status", http.StatusOK)))
	})
})

var _ = Describe("Who is told of requests", func() {
	It("hears of each as it arrives, before any delay, and may look at the simulator", func() {
		var mu sync.Mutex
		var heard []agorasim.Request
		var s *service
		s = newService(func(o *agorasim.Options) {
			o.OnRequest = func(r agorasim.Request) {
				s.Recordings()
				mu.Lock()
				defer mu.Unlock()
				heard = append(heard, r)
			}
		})
		answers := s.beginStop(s.running())
		s.awaitWaiting(1)
		mu.Lock()
		Expect(heard).To(ConsistOf(SatisfyAll(HaveField("Method", faults.MethodStop), HaveField("Status", 0))))
		mu.Unlock()
		s.clock.Step(uploadDuration)
		await(answers)
	})

	It("hears of refused ones too", func() {
		heard := make(chan agorasim.Request, 1)
		s := newService(func(o *agorasim.Options) { o.OnRequest = func(r agorasim.Request) { heard <- r } })
		s.call(http.MethodGet, "/nowhere", "")
		Expect(heard).To(Receive(HaveField("Path", "/nowhere")))
	})
})
