// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"math"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("Simulated time", func() {
	withSpeed := func(speed float64) func(*agorasim.Options) {
		return func(o *agorasim.Options) { o.Speed = speed }
	}

	It("is the clock's if nothing else is said", func() {
		s := newService()
		s.clock.Step(time.Hour)
		Expect(s.Now()).To(Equal(beginning.Add(time.Hour)))
		Expect(s.Speed()).To(Equal(1.0))
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

	It("can be sped up and slowed down, and never goes back", func() {
		s := newService()
		s.clock.Step(time.Second)
		Expect(s.SetSpeed(10)).To(Succeed())
		s.clock.Step(time.Second)
		Expect(s.SetSpeed(0.5)).To(Succeed())
		s.clock.Step(2 * time.Second)
		Expect(s.Now()).To(Equal(beginning.Add(12 * time.Second)))
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

	It("takes those along who wait already", func() {
		s := newService()
		answers := s.beginStop(s.running(withUpload(20 * time.Second)))
		s.awaitWaiting(1)
		Expect(s.SetSpeed(20)).To(Succeed())
		s.clock.Step(time.Second)
		Expect(await(answers).Status).To(Equal(http.StatusOK))
	})

	It("makes those wait longer who wait already", func() {
		s := newService()
		answers := s.beginStop(s.running(withUpload(time.Second)))
		s.awaitWaiting(1)
		Expect(s.SetSpeed(0.5)).To(Succeed())
		s.clock.Step(time.Second)
		s.awaitWaiting(1)
		Expect(answers).NotTo(Receive())
		s.clock.Step(time.Second)
		Expect(await(answers).Status).To(Equal(http.StatusOK))
	})

	It("may nearly stand still", func() {
		s := newService(withSpeed(1e-12))
		answers := s.beginStop(s.running())
		s.awaitWaiting(1)
		s.clock.Step(1000 * time.Hour)
		s.awaitWaiting(1)
		Expect(answers).NotTo(Receive())
		Expect(s.SetSpeed(1)).To(Succeed())
		s.clock.Step(uploadDuration)
		Expect(await(answers).Status).To(Equal(http.StatusOK))
	})

	It("never goes back, however fast and long it runs", func() {
		s := newService(withSpeed(agorasim.MaxSpeed))
		before := s.Now()
		for range 5 {
			s.clock.Step(24 * time.Hour)
			Expect(s.Now()).NotTo(BeTemporally("<", before))
			before = s.Now()
		}
		Expect(before).To(BeTemporally(">", beginning))
	})

	DescribeTable("has no speed", func(speed float64) {
		s := newService()
		Expect(s.SetSpeed(speed)).NotTo(Succeed())
		Expect(s.Speed()).To(Equal(1.0))
		Expect(newService(withSpeed(speed)).Speed()).To(Equal(1.0))
	},
		Entry("of zero", 0.0),
		Entry("below zero", -1.0),
		Entry("that is no number", math.NaN()),
		Entry("without an end", math.Inf(1)),
		Entry("above a million", 1e6+1),
	)
})
