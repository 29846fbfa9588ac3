// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/campaign/faults"
	"cloudrecording.dev/operator/hack/campaign/plan"
)

var _ = Describe("Whoever empties a channel", func() {
	It("ends what every session of it records, and nothing else", func() {
		agora := agorasim.New(agorasim.Options{})
		DeferCleanup(agora.Close)
		planned := plan.New(plan.Options{Seed: 7, Recordings: 40}).Recordings
		emptied, other := planned[0], planned[1]
		begin := func(of plan.Recording, uid string) string {
			GinkgoHelper()
			of.Options.UID = uid
			begun, err := agora.AddRecording(of.Options)
			Expect(err).NotTo(HaveOccurred())
			return begun.SID
		}
		first, next := begin(emptied, emptied.Options.UID), begin(emptied, emptied.AlternateUID())
		others := begin(other, other.Options.UID)

		r := &running{Environment: &faults.Environment{Agora: agora}}
		Expect(r.emptyAtOnce(emptied)).To(Succeed())
		isRunning := func(sid string) bool {
			recording, _ := agora.Recording(sid)
			return recording.Running
		}
		Expect(isRunning(first)).To(BeFalse())
		Expect(isRunning(next)).To(BeFalse())
		Expect(isRunning(others)).To(BeTrue())
	})
})

var _ = Describe("The time for objects at work", func() {
	const limit = time.Minute
	recording, other := plan.Object{Namespace: plan.NamespaceA, Name: "lesson"}, plan.Object{Namespace: plan.NamespaceA, Name: "other"}
	begin := time.Date(2026, time.May, 4, 3, 2, 1, 0, time.UTC)

	It("is not needed if none is", func() {
		Expect(newWorkTimeout(limit, begin).isLeft(nil, begin)).To(BeFalse())
	})

	It("ends when an object has been at work for too long", func() {
		p := newWorkTimeout(limit, begin)
		Expect(p.isLeft([]plan.Object{recording}, begin)).To(BeTrue())
		Expect(p.isLeft([]plan.Object{recording}, begin.Add(limit-1))).To(BeTrue())
		Expect(p.isLeft([]plan.Object{recording}, begin.Add(limit))).To(BeFalse())
	})

	It("is as long with an object that gets to work later", func() {
		p := newWorkTimeout(limit, begin)
		Expect(p.isLeft([]plan.Object{recording}, begin)).To(BeTrue())
		Expect(p.isLeft([]plan.Object{recording, other}, begin.Add(limit-1))).To(BeTrue())
		Expect(p.isLeft([]plan.Object{recording, other}, begin.Add(2*limit-2))).To(BeTrue())
		Expect(p.isLeft([]plan.Object{recording, other}, begin.Add(2*limit-1))).To(BeFalse())
	})

	It("begins anew with an object that had come to rest, but not for ever", func() {
		p := newWorkTimeout(limit, begin)
		Expect(p.isLeft([]plan.Object{recording, other}, begin)).To(BeTrue())
		Expect(p.isLeft([]plan.Object{other}, begin.Add(limit/2))).To(BeTrue())
		Expect(p.isLeft([]plan.Object{recording, other}, begin.Add(limit))).To(BeTrue())
		Expect(p.isLeft([]plan.Object{recording, other}, begin.Add(2*limit-1))).To(BeTrue())
		Expect(p.isLeft([]plan.Object{other}, begin.Add(2*limit))).To(BeFalse())
		Expect(p.isLeft([]plan.Object{recording}, begin.Add(3*limit-1))).To(BeTrue())
		Expect(p.isLeft([]plan.Object{recording}, begin.Add(3*limit))).To(BeFalse())
	})
})
