// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/replicatest"
)

var _ = Describe("a recording that no object has", func() {
	beReported := HaveKeyWithValue(lessonSID, HaveField("IsReported()", BeTrue()))
	reportUnder := func(key, sid string) OmegaMatcher {
		return And(HaveField("Reason", v1alpha1.UnownedRecordingReason), HaveField("Regarding.FieldPath", "data["+key+"]"),
			HaveField("Note", And(ContainSubstring("sid "+sid), ContainSubstring(`channel "lesson"`), ContainSubstring("namespace school"))))
	}

	reportOf := func(sid string) OmegaMatcher { return reportUnder(sid, sid) }

	It("is reported once, when it has been nobody's for a while", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		r.hear(ctx, notifications.RecorderStarted)
		Eventually(e.recordings(ctx)).Should(HaveKey(lessonSID))
		Expect(r.counted(Default)).To(Equal(map[string]float64{"school": 0}))
		Consistently(e.events(ctx)).Should(BeEmpty())

		e.clock.leap(grace)
		Eventually(e.recordings(ctx)).Should(beReported)
		Expect(r.counted(Default)).To(Equal(map[string]float64{"school": 1}))
		Eventually(e.events(ctx)).Should(ConsistOf(reportOf(lessonSID)))

		By("not again, by the process that leads next")
		r.Stop()
		next := e.begin(ctx)
		Eventually(next.counted).Should(Equal(map[string]float64{"school": 1}))
		Consistently(e.events(ctx)).Should(HaveLen(1))
	})

	It("is reported beside another one", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		another := about(notifications.RecorderStarted, time.Now())
		another.SID = "another"
		r.hear(ctx, notifications.RecorderStarted)
		r.Heard(ctx, another, "school")
		e.clock.leap(grace)
		Eventually(e.events(ctx)).Should(ConsistOf(reportOf(lessonSID), reportOf("another")))
	})

	It("is reported by the replica that leads, whichever hears of it", func(ctx context.Context) {
		e := newEnvironment(ctx)
		leader, other := e.begin(ctx), e.beginWith(ctx, "", false)
		other.hear(ctx, notifications.RecorderStarted)
		Eventually(leader.counted).Should(HaveKey("school"))
		e.clock.leap(grace)
		Eventually(leader.counted).Should(Equal(map[string]float64{"school": 1}))
		Expect(other.counted(Default)).To(BeEmpty())
		Eventually(e.events(ctx)).Should(ConsistOf(reportOf(lessonSID)))
	})

	It("is written when there is news of it, and only then", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		r.hear(ctx, notifications.RecorderStarted)
		Eventually(e.recordings(ctx)).Should(HaveKey(lessonSID))
		version := e.configMap(ctx)(Default).ResourceVersion
		for range 10 {
			r.hear(ctx, notifications.UploadingProgress)
		}
		Consistently(e.configMap(ctx)).Should(HaveField("ResourceVersion", version))

		e.clock.leap(heardInterval)
		r.hear(ctx, notifications.UploadingProgress)
		Eventually(e.recordings(ctx)).Should(HaveKeyWithValue(lessonSID, HaveField("LastEvent", notifications.UploadingProgress)))
	})

	It("is dropped once an object has it, and found again when that leaves it", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		r.hear(ctx, notifications.RecorderStarted)
		e.clock.leap(grace)
		Eventually(e.recordings(ctx)).Should(beReported)
		e.objects.create(lessonSID)
		Eventually(e.recordings(ctx)).Should(BeEmpty())
		Expect(r.counted(Default)).To(BeEmpty())
		r.hear(ctx, notifications.UploadingProgress)
		Consistently(e.recordings(ctx)).Should(BeEmpty())

		e.objects.delete(lessonSID)
		r.hear(ctx, notifications.UploadingProgress)
		e.clock.leap(grace)
		Eventually(e.recordings(ctx)).Should(beReported)
	})

	It("does not count once it has ended, whatever comes after", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		r.hear(ctx, notifications.RecorderStarted)
		e.clock.leap(grace)
		Eventually(r.counted).Should(Equal(map[string]float64{"school": 1}))
		r.hear(ctx, notifications.RecorderLeave)
		Eventually(r.counted).Should(Equal(map[string]float64{"school": 0}))
		r.hear(ctx, notifications.UploadingProgress)
		Consistently(r.counted).Should(Equal(map[string]float64{"school": 0}))
		e.clock.leap(keepEnded)
		Eventually(e.recordings(ctx)).Should(BeEmpty())
	})

	It("is written when the API server is back", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		r.Network.Set(replicatest.Refuse)
		r.hear(ctx, notifications.RecorderStarted)
		e.clock.leap(grace)
		Eventually(r.counted).Should(Equal(map[string]float64{"school": 1}))
		Expect(e.events(ctx)(Default)).To(BeEmpty())
		r.Network.Set(nil)
		Eventually(e.recordings(ctx)).Should(beReported)
		Eventually(e.events(ctx)).Should(ConsistOf(reportOf(lessonSID)))
	})

	It("stays reported though the cache shows late what was written before", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		r.hear(ctx, notifications.RecorderStarted)
		Eventually(e.recordings(ctx)).Should(HaveKey(lessonSID))
		before := e.configMap(ctx)(Default)
		e.clock.leap(grace)
		Eventually(e.recordings(ctx)).Should(beReported)
		Eventually(r.isAllWritten).Should(BeTrue())

		r.handler().OnUpdate(before, before)
		Expect(r.counted(Default)).To(Equal(map[string]float64{"school": 1}))
		r.handler().OnDelete(before)
		Expect(r.counted(Default)).To(Equal(map[string]float64{"school": 1}))
	})

	It("is written once more when there is news of it during the write", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		gate := make(chan struct{})
		r.Network.Set(replicatest.HoldUntil(gate))
		r.hear(ctx, notifications.RecorderStarted)
		r.hear(ctx, notifications.RecorderLeave)
		close(gate)
		Eventually(e.recordings(ctx)).Should(HaveKeyWithValue(lessonSID, HaveField("Ended", Not(BeZero()))))
	})

	It("is forgotten when a person deletes the ConfigMap, until it is heard of again", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		r.hear(ctx, notifications.RecorderStarted)
		Eventually(e.recordings(ctx)).Should(HaveKey(lessonSID))
		Eventually(r.counted).Should(HaveKey("school"))
		Expect(k8sClient.Delete(ctx, e.configMap(ctx)(Default))).To(Succeed())
		Eventually(r.counted).Should(BeEmpty())
		r.hear(ctx, notifications.UploadingProgress)
		Eventually(e.recordings(ctx)).Should(HaveKey(lessonSID))
	})

	It("is of one shard, though all shards share the ConfigMap", func(ctx context.Context) {
		e := newEnvironment(ctx)
		all, part := e.begin(ctx), e.beginWith(ctx, "0123456789", true)
		part.hear(ctx, notifications.RecorderStarted)
		e.clock.leap(grace)
		Eventually(e.events(ctx)).Should(ConsistOf(reportUnder("0123456789."+lessonSID, lessonSID)))
		Expect(all.counted(Default)).To(BeEmpty())
		Expect(e.recordings(ctx)(Default)).To(BeEmpty())
	})

	It("does not keep others out, however often it is made up", func(ctx context.Context) {
		e := newEnvironment(ctx)
		r := e.begin(ctx)
		for i := range 2 * maxRunning {
			madeUp := about(notifications.RecorderStarted, time.Now())
			madeUp.SID, madeUp.CName = fmt.Sprint("made-up-", i), fmt.Sprint("lesson-", i)
			r.Heard(ctx, madeUp, "tenant")
		}
		r.hear(ctx, notifications.RecorderStarted)
		Eventually(e.recordings(ctx)).Should(And(HaveLen(maxOfNamespace+1), HaveKey(lessonSID)))
	})
})
