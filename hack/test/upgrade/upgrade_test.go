// SPDX-License-Identifier: Apache-2.0

//go:build upgrade

package upgrade

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("An installation", Ordered, func() {
	var (
		from, to version
		// hasLimits is true if the version to roll back to supports maxRecordings.
		hasLimits bool
		operator  *deployment
		p         *plan
	)

	BeforeAll(func(ctx context.Context) {
		startServers(ctx)
		from, to = committed(ctx, origin()), present(ctx)
		hasLimits = from.knows(ctx, v1alpha1.MaxRecordingsKey)
		from.install(ctx)
		createShared(ctx)
		operator = newDeployment(ctx)
		notifyThrough(operator.service)
		operator.roll(ctx, from)

		p = newPlan()
		p.begin(ctx)
	}, NodeTimeout(15*time.Minute))

	It("goes on with its recordings when it is upgraded", func(ctx context.Context) {
		known := remember(ctx)
		to.install(ctx)
		p.opening.start(ctx, v1alpha1.MixMode, plainStart(), func(object *v1alpha1.CloudRecording) {
			object.Spec.Window = window(time.Now().Add(inTheMiddle), 24*time.Hour)
		})
		p.opening.wants(faults.MethodAcquire, faults.MethodStart)
		p.stopping.stopWithin(lateStop)
		p.stopping.stop(ctx)
		p.stopping.becomes(ctx, isStopping)
		p.notifiedLate.transfer()
		operator.roll(ctx, to)

		p.uploading.transfer()
		p.deleting.transfer()
		p.opening.becomes(ctx, isRecording)
		p.deleting.isGone(ctx)
		for _, r := range []*recording{p.stopping, p.uploading, p.notified, p.notifiedLate} {
			r.becomes(ctx, isUploaded)
		}
		p.expectLookedAfter(ctx, append(p.running(), p.stoppingLate)...)
		Expect(p.stopping.read(ctx)(Default)).To(HaveField("Status.StoppedReason", v1alpha1.StopAcknowledgedReason))
		p.suspended.becomes(ctx, isSuspended)
		p.distant.becomes(ctx, isScheduled)
		p.ended.becomes(ctx, isEnded)
		p.uploadingLate.becomes(ctx, isUploading)
		p.deletingLate.becomes(ctx, isUploading)
		now := remember(ctx)
		now.expectKept(known, p.deleting.name)
		Expect(now.stalled()).To(Equal([]string{p.ended.name}))
		p.expectAsked()
		Expect(string(operator.logs.Contents())).NotTo(ContainSubstring("forbidden"))
	}, NodeTimeout(10*time.Minute))

	It("records what only the present version can", func(ctx context.Context) {
		By("running no more than the account allows")
		const limitedName = "limited"
		createSecret(ctx, limitedName, map[string]string{
			v1alpha1.CustomerIDKey: customerID, v1alpha1.CustomerSecretKey: customerSecret, v1alpha1.NotificationSecretKey: notificationSecret,
			v1alpha1.MaxRecordingsKey: "1",
		})
		p.first, p.second = p.add("first"), p.add("second")
		p.second.appID, p.second.asked = p.first.appID, p.first.asked
		for _, r := range []*recording{p.first, p.second} {
			r.start(ctx, v1alpha1.MixMode, plainStart(), func(object *v1alpha1.CloudRecording) {
				object.Spec.CredentialsSecretRef.Name = limitedName
			})
			if r == p.first {
				p.first.wants(faults.MethodAcquire, faults.MethodStart)
				p.first.becomes(ctx, isRecording)
			}
		}
		p.second.becomes(ctx, isWaiting)

		By("making the recordings of schedules")
		begins := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
		soon, later := scheduleOf("soon", begins), scheduleOf("later", begins.Add(8*time.Minute))
		for _, schedule := range []*v1alpha1.CloudRecordingSchedule{soon, later} {
			Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		}
		p.occurring, p.coming = p.add(occurrenceOf(soon, begins)), p.add(occurrenceOf(later, begins.Add(8*time.Minute)))
		p.occurring.appID, p.coming.appID = appIDOf(soon.Name), appIDOf(later.Name)
		p.coming.becomes(ctx, isScheduled)
		p.occurring.wants(faults.MethodAcquire, faults.MethodStart)
		p.occurring.becomes(ctx, isRecording)

		By("noting what nobody has")
		_, err := agora.AddRecording(agorasim.RecordingOptions{AppID: p.nobodys.appID, CName: p.nobodys.name, UID: uid, Mode: recorder.ModeMix})
		Expect(err).NotTo(HaveOccurred())
		Eventually(unowned(ctx)).Should(HaveLen(1))

		By("changing a layout")
		applied := p.mixed.read(ctx)(Default).Status.Applied.Layout
		p.mixed.patch(ctx, `{"spec":{"start":{"recordingConfig":{"transcodingConfig":{"layoutConfig":[{"uid":"1","x_axis":0.5,"y_axis":0,"width":0.5,"height":1}]}}}}}`)
		p.mixed.wants(faults.MethodUpdateLayout)
		Eventually(p.mixed.read(ctx)).Should(HaveField("Status.Applied.Layout", Not(BeElementOf(applied, "uncertain"))))
		p.expectAsked()
		Expect(string(operator.logs.Contents())).NotTo(ContainSubstring("forbidden"))
	}, NodeTimeout(10*time.Minute))

	It("goes on with its recordings when it is taken back", func(ctx context.Context) {
		known := remember(ctx)
		from.install(ctx)
		from.prune(ctx, to)
		p.opening.patch(ctx, `{"spec":{"window":{"end":"`+time.Now().Add(inTheMiddle).UTC().Format(time.RFC3339)+`"}}}`)
		p.opening.wants(faults.MethodStop)
		p.stoppingLate.stopWithin(lateStop)
		p.stoppingLate.stop(ctx)
		p.stoppingLate.becomes(ctx, isStopping)
		operator.roll(ctx, from)

		started := append(p.running(), p.first, p.occurring)
		if hasLimits {
			p.second.becomes(ctx, isWaiting)
		} else {
			// The old version does not know that it had to wait.
			p.second.wants(faults.MethodAcquire, faults.MethodStart)
			p.second.becomes(ctx, isRecording)
			started = append(started, p.second)
		}
		p.uploadingLate.transfer()
		p.deletingLate.transfer()
		p.deletingLate.isGone(ctx)
		for _, r := range []*recording{p.stopping, p.stoppingLate, p.uploading, p.uploadingLate, p.notified, p.notifiedLate, p.opening} {
			r.becomes(ctx, isUploaded)
		}
		p.expectLookedAfter(ctx, started...)
		p.suspended.becomes(ctx, isSuspended)
		p.distant.becomes(ctx, isScheduled)
		p.coming.becomes(ctx, isScheduled)
		p.ended.becomes(ctx, isEnded)
		now := remember(ctx)
		now.expectKept(known, p.deletingLate.name)
		Expect(now.stalled()).To(Equal([]string{p.ended.name}))
		p.expectAsked()
	}, NodeTimeout(10*time.Minute))

	It("goes on with its recordings when it is upgraded again", func(ctx context.Context) {
		known := remember(ctx)
		to.install(ctx)
		operator.roll(ctx, to)
		p.expectLookedAfter(ctx, append(p.running(), p.first, p.occurring)...)
		p.suspended.becomes(ctx, isSuspended)
		p.distant.becomes(ctx, isScheduled)
		p.coming.becomes(ctx, isScheduled)
		now := remember(ctx)
		now.expectKept(known)
		Expect(now.stalled()).To(Equal([]string{p.ended.name}))
		Expect(unowned(ctx)(Default)).To(HaveLen(1))
		p.expectAsked()
	}, NodeTimeout(10*time.Minute))

	It("leaves nothing running in the end", func(ctx context.Context) {
		p.second.delete(ctx)
		if !hasLimits {
			p.second.wants(faults.MethodStop)
		}
		p.second.isGone(ctx)
		for _, r := range append(p.running(), p.first, p.occurring) {
			r.stop(ctx)
		}
		p.suspended.delete(ctx)
		p.suspended.wants(faults.MethodStop)
		p.distant.delete(ctx)
		p.coming.delete(ctx)
		for _, r := range []*recording{p.adopted, p.mixed, p.individual, p.page, p.profiled, p.first, p.occurring} {
			r.becomes(ctx, isUploaded)
		}
		// The files of its first session are unknown.
		p.restarted.becomes(ctx, isUploading)
		for _, r := range []*recording{p.suspended, p.distant, p.coming} {
			r.isGone(ctx)
		}
		p.expectAsked()
		for _, of := range agora.Recordings() {
			if of.CName != p.nobodys.name {
				Expect(of.Running).To(BeFalse(), of.CName)
				Expect(of.StopsTaken).To(BeNumerically("<=", 1), of.CName)
			}
		}
	}, NodeTimeout(10*time.Minute))
})
