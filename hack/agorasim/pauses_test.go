// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

func startingOnhold(request members) { webParameters(request)["onhold"] = true }

var _ = Describe("A paused page", func() {
	webRecorder := func(s *service, r agorasim.Recording) members {
		GinkgoHelper()
		return s.query(r).service("web_recorder_service")
	}

	It("says so, and goes on when it is told to", func() {
		s := newService()
		r := s.started(recorder.ModeWeb)
		Expect(webRecorder(s, r)).To(HaveKeyWithValue("onhold", false))
		Expect(s.updated(r, onhold(true)).Configuration.Onhold).To(BeTrue())
		Expect(webRecorder(s, r)).To(HaveKeyWithValue("onhold", true))
		Expect(s.updated(r, onhold(true)).Configuration.Onhold).To(BeTrue())
		Expect(s.updated(r, onhold(false)).Configuration.Onhold).To(BeFalse())
		Expect(webRecorder(s, r)).To(HaveKeyWithValue("onhold", false))
		Expect(s.now(r).Updates).To(Equal(recorder.Updates{Requests: 3, WebRecordingConfig: 3}))
	})

	It("may be paused from its start, and has no files before it goes on", func() {
		s := newService()
		r := s.started(recorder.ModeWeb, startingOnhold)
		Expect(r.Configuration.Onhold).To(BeTrue())
		s.clock.Step(time.Hour)
		Expect(webRecorder(s, r)).To(SatisfyAll(HaveKeyWithValue("onhold", true), HaveKeyWithValue("fileList", BeEmpty())))
		s.updated(r, onhold(false))
		s.clock.Step(15*time.Second - time.Nanosecond)
		Expect(s.now(r).Files).To(BeEmpty())
		s.clock.Step(time.Nanosecond)
		Expect(s.now(r).Files).To(HaveLen(1))
	})

	It("has no files if it never went on", func() {
		s := newService()
		r := s.started(recorder.ModeWeb, startingOnhold)
		s.clock.Step(time.Hour)
		Expect(s.stop(r).service("web_recorder_service")).To(HaveKeyWithValue("fileList", BeEmpty()))
	})

	It("records nothing meanwhile", func() {
		bucket := newArchive()
		s := writtenTo(bucket)
		r := s.started(recorder.ModeWeb)
		s.clock.Step(20 * time.Second)
		s.updated(r, onhold(true))
		s.clock.Step(time.Hour)
		s.updated(r, onhold(false))
		s.clock.Step(30 * time.Second)
		// It has recorded for 50 seconds.
		s.stopAsync(r)
		s.clock.Step(uploadDuration)
		Eventually(func() bool { return s.now(r).Complete }).Should(BeTrue())
		slice := func(after time.Duration) string {
			return r.SID + "_lesson_" + beginning.Add(after).Format("20060102150405") + "000.ts"
		}
		Expect(bucket.keys(".ts")).To(ConsistOf(
			HaveSuffix(slice(0)), HaveSuffix(slice(15*time.Second)),
			HaveSuffix(slice(time.Hour+30*time.Second)), HaveSuffix(slice(time.Hour+45*time.Second)),
		))
	})

	It("stays paused when its recorder is moved, and goes on under another name", func() {
		inbox := newReceiver()
		s := newService(sentTo(inbox, notify.EventSliceStart))
		r := s.started(recorder.ModeWeb)
		s.clock.Step(20 * time.Second)
		s.updated(r, onhold(true))
		Expect(s.LoseWorker(r.SID, migration)).To(Succeed())
		s.clock.Step(migration + time.Hour)
		Expect(webRecorder(s, r)).To(HaveKeyWithValue("onhold", true))
		Expect(s.now(r).Files).To(ConsistOf(r.SID + "_lesson.m3u8"))
		s.updated(r, onhold(false))
		s.clock.Step(20 * time.Second)
		Expect(s.now(r).Files).To(ConsistOf(r.SID+"_lesson.m3u8", "bak0_"+r.SID+"_lesson.m3u8"))
		Eventually(func() []notification { return inbox.of(notify.EventSliceStart) }).Should(HaveLen(4))
		resumed := beginning.Add(20*time.Second + migration + time.Hour)
		Expect(inbox.of(notify.EventSliceStart)[2].Payload.SendTs).To(Equal(resumed.UnixMilli()))
	})

	It("notifies of no slices meanwhile, but of the state of its push", func() {
		inbox := newReceiver()
		s := newService(sentTo(inbox))
		r := s.started(recorder.ModeWeb, pushed(rtmpURL))
		s.clock.Step(20 * time.Second)
		slices := func() int { return len(inbox.of(notify.EventSliceStart)) }
		Eventually(slices).Should(Equal(2))
		s.updated(r, onhold(true))
		s.clock.Step(10 * time.Minute)
		s.updated(r, onhold(false))
		s.clock.Step(10 * time.Second)
		Eventually(slices).Should(Equal(3))
		Expect(inbox.of(notify.EventSliceStart)[2].Payload.SendTs).To(Equal(beginning.Add(10*time.Minute + 30*time.Second).UnixMilli()))
		s.updated(r, members{"rtmpPublishConfig": pushTo(otherRTMPURL)})
		s.stopAsync(r)
		said := func(url, status string) OmegaMatcher {
			return haveDetails(SatisfyAll(HaveKeyWithValue("rtmpUrl", url), HaveKeyWithValue("status", status)))
		}
		Eventually(func() []notification { return inbox.of(notify.EventRTMPPublishStatus) }).Should(HaveExactElements(
			said(rtmpURL, "publishing"), said(rtmpURL, "onhold"), said(rtmpURL, "publishing"),
			said(otherRTMPURL, "publishing"), said(otherRTMPURL, "disconnected")))
	})

	DescribeTable("is refused", func(mode string, request members) {
		s := newService()
		r := s.running(withMode(mode))
		Expect(s.update(r, request)).To(refuse(http.StatusBadRequest, 2))
		Expect(s.now(r).Configuration.Onhold).To(BeFalse())
	},
		Entry("in mode mix", recorder.ModeMix, onhold(true)),
		Entry("in mode individual", recorder.ModeIndividual, onhold(true)),
		Entry("by a text", recorder.ModeWeb, onhold("true")),
		Entry("by null", recorder.ModeWeb, onhold(nil)),
		Entry("without a word", recorder.ModeWeb, members{"webRecordingConfig": members{}}),
	)
})
