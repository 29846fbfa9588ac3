// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// temporary returns a storageConfig with an STS token. The token expires at the given
// time unless it is zero.
func temporary(expiration time.Time) members {
	config := storage()
	config["stsToken"] = "t"
	if !expiration.IsZero() {
		config["stsExpiration"] = expiration.Unix()
	}
	return config
}

var _ = Describe("A recording with an STS token", func() {
	var (
		bucket archive
		inbox  *receiver
		s      *service
	)
	BeforeEach(func() {
		bucket, inbox = newArchive(), newReceiver()
		s = newService(sentTo(inbox), func(o *agorasim.Options) {
			o.Bucket, o.STSRefreshInterval, o.Slices = bucket.Bucket, 100*time.Second, 20
			o.StorageCredentials = []agorasim.StorageCredential{{AccessKey: "k", SecretKey: "s", STSToken: "t"}, {AccessKey: "k", SecretKey: "s"}}
		})
		DeferCleanup(s.Close)
	})
	start := func(mode string, expiration time.Time) agorasim.Recording {
		GinkgoHelper()
		return s.started(mode, func(request members) { request["storageConfig"] = temporary(expiration) })
	}
	refresh := func(r agorasim.Recording, expiration time.Time) {
		GinkgoHelper()
		s.updated(r, members{"storageConfig": temporary(expiration)})
	}
	slices := func() int { return len(bucket.keys(".ts")) }
	outage := func(r agorasim.Recording) time.Time { return s.now(r).OutageSince }
	outcome := func(r agorasim.Recording) string {
		GinkgoHelper()
		s.stopAsync(r)
		return s.now(r).UploadingStatus
	}
	written := func(r agorasim.Recording) func() bool { return func() bool { return s.now(r).Written } }
	complete := func(r agorasim.Recording) func() bool { return func() bool { return s.now(r).Complete } }

	It("uploads for an hour if nothing else is said", func() {
		s = newService()
		r := start(recorder.ModeMix, time.Time{})
		s.clock.Step(time.Hour)
		Expect(outage(r)).To(BeZero())
		s.clock.Step(time.Nanosecond)
		Expect(outage(r)).To(Equal(beginning.Add(time.Hour)))
	})

	It("uploads without end if told so", func() {
		s = newService(func(o *agorasim.Options) { o.STSRefreshInterval = -1 })
		r := start(recorder.ModeMix, time.Time{})
		s.clock.Step(70 * time.Hour)
		Expect(outage(r)).To(BeZero())
	})

	It("uploads as long as fresh ones come in time", func() {
		r := start(recorder.ModeMix, time.Time{})
		for range 4 {
			s.clock.Step(90 * time.Second)
			Expect(outage(r)).To(BeZero())
			refresh(r, time.Time{})
		}
		Expect(outcome(r)).To(Equal("uploaded"))
		Expect(inbox.of(notify.EventWarning)).To(BeEmpty())
	})

	DescribeTable("goes to Agora's backup without a fresh one", func(mode string, perInterval int) {
		r := start(mode, time.Time{})
		s.clock.Step(100 * time.Second)
		Eventually(slices).Should(Equal(perInterval))
		s.clock.Step(100 * time.Second)
		Expect(inbox.awaitOne(notify.EventWarning)).To(haveDetails(SatisfyAll(
			HaveKeyWithValue("module", 1.0), HaveKeyWithValue("warnCode", 32.0))))
		Eventually(written(r)).Should(BeTrue())
		Expect(slices()).To(Equal(perInterval))
		Expect(outcome(r)).To(Equal("backuped"))
		s.clock.Step(uploadDuration)
		inbox.awaitOne(notify.EventBackuped)
		Eventually(written(r)).Should(BeTrue())
		Expect(slices()).To(Equal(perInterval))
		Expect(s.now(r)).To(SatisfyAll(HaveField("Complete", false), HaveField("LooksWhole", false), HaveField("BackedUp", true)))
		s.clock.Step(10 * time.Minute)
		Eventually(complete(r)).Should(BeTrue())
		Expect(slices()).To(BeNumerically(">", perInterval))
		Expect(inbox.of(notify.EventError)).To(BeEmpty())
	},
		Entry("in mode mix", recorder.ModeMix, 6),
		Entry("in mode individual", recorder.ModeIndividual, 12),
		Entry("in mode web", recorder.ModeWeb, 6),
	)

	It("has all in the bucket that was recorded before on another server", func() {
		r := start(recorder.ModeMix, time.Time{})
		s.clock.Step(20 * time.Second)
		Expect(s.LoseWorker(r.SID, 10*time.Second)).To(Succeed())
		s.clock.Step(130 * time.Second)
		Expect(outcome(r)).To(Equal("backuped"))
		s.clock.Step(uploadDuration)
		Eventually(written(r)).Should(BeTrue())
		first, second := r.SID+"_lesson.m3u8", "bak0_"+r.SID+"_lesson.m3u8"
		Expect(ended(bucket.read("rec/room1/" + first))).To(BeTrue())
		Expect(ended(bucket.read("rec/room1/" + second))).To(BeFalse())
		Expect(named(bucket.read("rec/room1/" + second))).To(HaveLen(4))
	})

	It("says so when it is stopped", func() {
		s = newService()
		r := start(recorder.ModeMix, time.Time{})
		s.clock.Step(2 * time.Hour)
		Expect(s.stop(r).serverResponse()).To(HaveKeyWithValue("uploadingStatus", "backuped"))
	})

	It("catches up with a fresh one that comes late", func() {
		r := start(recorder.ModeMix, time.Time{})
		s.clock.Step(200 * time.Second)
		Expect(outage(r)).To(Equal(beginning.Add(100 * time.Second)))
		refresh(r, time.Time{})
		Expect(outage(r)).To(BeZero())
		Eventually(slices).Should(Equal(13))
		Expect(s.now(r).UploadingStatus).To(Equal("uploaded"))
	})

	It("uploads nothing with an expired one, not even to the backup", func() {
		r := start(recorder.ModeMix, beginning.Add(50*time.Second))
		s.clock.Step(50 * time.Second)
		Eventually(slices).Should(Equal(3))
		s.clock.Step(100 * time.Second)
		Expect(inbox.awaitOne(notify.EventError)).To(haveDetails(SatisfyAll(
			HaveKeyWithValue("module", 1.0), HaveKeyWithValue("errorCode", 47.0))))
		Expect(outage(r)).To(Equal(beginning.Add(50 * time.Second)))
		Expect(outcome(r)).To(Equal("unknow"))
		s.clock.Step(24 * time.Hour)
		inbox.awaitOne(notify.EventSessionExit)
		Eventually(written(r)).Should(BeTrue())
		Expect(slices()).To(Equal(3))
		Expect(s.now(r)).To(SatisfyAll(HaveField("Complete", false), HaveField("LooksWhole", false), HaveField("BackedUp", false)))
		Expect(inbox.of(notify.EventUploaded)).To(BeEmpty())
		Expect(inbox.of(notify.EventBackuped)).To(BeEmpty())
	})

	It("uploads nothing with a fresh one that does not open the bucket, until one comes that does", func() {
		r := start(recorder.ModeMix, time.Time{})
		s.clock.Step(time.Minute)
		Expect(outage(r)).To(BeZero())
		wrong := temporary(time.Time{})
		wrong["stsToken"] = "t2"
		s.updated(r, members{"storageConfig": wrong})
		s.clock.Step(20 * time.Second)
		Expect(outage(r)).To(Equal(beginning.Add(time.Minute)))
		Expect(inbox.awaitOne(notify.EventError)).To(haveDetails(SatisfyAll(
			HaveKeyWithValue("module", 1.0), HaveKeyWithValue("errorCode", 32.0))))
		refresh(r, time.Time{})
		Expect(outage(r)).To(BeZero())
		Eventually(slices).Should(Equal(5))
	})

	It("keeps the outcome that it was to have, where that is worse", func() {
		s = newService(func(o *agorasim.Options) {
			o.STSRefreshInterval, o.UploadingStatus = 100*time.Second, recorder.UploadingStatusUnknown
		})
		r := start(recorder.ModeMix, time.Time{})
		s.clock.Step(200 * time.Second)
		Expect(outcome(r)).To(Equal("unknown"))
	})

	It("is not one without", func() {
		r := s.started(recorder.ModeMix)
		s.clock.Step(24 * time.Hour)
		Expect(outage(r)).To(BeZero())
	})
})
