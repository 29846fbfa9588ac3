// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"math"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

var _ = Describe("Simulated time", func() {
	withSpeed := func(speed float64) func(*agorasim.Options) {
		return func(o *agorasim.Options) { o.Speed = speed }
	}

	It("is the clock's if nothing else is said", func() {
		s := newService()
		s.clock.Step(time.Hour)
		Expect(s.Now()).To(Equal(beginning.Add(time.Hour)))
	})

	It("is the real one without a clock", func() {
		before := time.Now()
		Expect(agorasim.New(agorasim.Options{}).Now()).To(BeTemporally("~", before, time.Minute))
	})

	It("runs as fast as the options say", func() {
		s := newService(withSpeed(60))
		s.clock.Step(time.Second)
		Expect(s.Now()).To(Equal(beginning.Add(time.Minute)))
	})

	It("makes synchronous stops shorter", func() {
		s := newService(withSpeed(10))
		answers := s.beginStop(s.running())
		s.awaitWaiting(1)
		s.clock.Step(uploadDuration/10 - time.Nanosecond)
		Expect(s.clock.Waiters()).To(Equal(1))
		s.clock.Step(time.Nanosecond)
		Expect(await(answers).Status).To(Equal(http.StatusOK))
	})

	It("may nearly stand still", func() {
		s := newService(withSpeed(1e-12))
		answers := s.beginStop(s.running())
		s.awaitWaiting(1)
		s.clock.Step(1000 * time.Hour)
		s.awaitWaiting(1)
		Expect(answers).NotTo(Receive())
	})

	It("never goes back, however fast and long it runs", func() {
		s := newService(withSpeed(simtime.MaxSpeed))
		before := s.Now()
		for range 5 {
			s.clock.Step(24 * time.Hour)
			Expect(s.Now()).NotTo(BeTemporally("<", before))
			before = s.Now()
		}
		Expect(before).To(BeTemporally(">", beginning))
	})

	DescribeTable("has no speed", func(speed float64) {
		s := newService(withSpeed(speed))
		s.clock.Step(time.Hour)
		Expect(s.Now()).To(Equal(beginning.Add(time.Hour)))
	},
		Entry("of zero", 0.0),
		Entry("below zero", -1.0),
		Entry("that is no number", math.NaN()),
		Entry("without an end", math.Inf(1)),
		Entry("above a million", 1e6+1),
	)
})
