// SPDX-License-Identifier: Apache-2.0

//go:build upgrade

package upgrade

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const (
	// lateStop is longer than it takes to replace a replica.
	lateStop = 15 * time.Second

	// inTheMiddle is how long after it began an upgrade is under way.
	inTheMiddle = 4 * time.Second

	isRecording = "Recording/Recording"
	isScheduled = "Scheduled/Scheduled"
	isUploading = "Uploading/UploadPending"
	isUploaded  = "Completed/Uploaded"
	isSuspended = "Recording/Suspended"
	// isEnded says that a recording has ended that was to go on. Nobody knows of its files.
	isEnded = "Uploading/RecordingEnded"
)

var _ = Describe("An installation", Ordered, func() {
	var (
		from, to   version
		operator   *deployment
		everything *recordings

		// The recordings, by what becomes of them.
		adopted, suspended, ended, nobodys           *recording
		mixed, individual, page, profiled, restarted *recording
		distant, opening                             *recording
		stopping, stoppingLate                       *recording
		uploading, uploadingLate                     *recording
		notified, notifiedLate                       *recording
		deleting, deletingLate                       *recording
		// Those that only the present version can make.
		first, second     *recording
		occurring, coming *recording
	)

	BeforeAll(func(ctx context.Context) {
		startServers(ctx)
		from, to = committed(ctx, origin()), present(ctx)
		from.install(ctx)
		createShared(ctx)
		operator = newDeployment(ctx)
		notifyThrough(operator.service)
		operator.roll(ctx, from)

		By("having recordings in each state")
		everything = &recordings{}
		add := everything.add
		adopted, suspended, ended, nobodys = add("adopted"), add("suspended"), add("ended"), add("nobodys")
		mixed, individual, page, profiled, restarted = add("mixed"), add("individual"), add("page"), add("profiled"), add("restarted")
		distant, opening = add("distant"), add("opening")
		stopping, stoppingLate = add("stopping"), add("stopping-late")
		uploading, uploadingLate = add("uploading"), add("uploading-late")
		notified, notifiedLate = add("notified"), add("notified-late")
		deleting, deletingLate = add("deleting"), add("deleting-late")

		for _, r := range []*recording{adopted, suspended, ended, stopping, stoppingLate} {
			r.adopt(ctx, agorasim.Scenario{}, nil)
		}
		for _, r := range []*recording{uploading, uploadingLate, deleting, deletingLate} {
			r.adopt(ctx, backedUp(false), nil)
		}
		for _, r := range []*recording{notified, notifiedLate} {
			r.adopt(ctx, backedUp(true), func(object *v1alpha1.CloudRecording) { object.Spec.Storage = nil })
		}
		mixed.start(ctx, v1alpha1.MixMode, startOfMix(), nil)
		individual.start(ctx, v1alpha1.IndividualMode, startOfIndividual(), nil)
		page.start(ctx, v1alpha1.WebMode, startOfPage(), nil)
		restarted.start(ctx, v1alpha1.MixMode, plainStart(), func(object *v1alpha1.CloudRecording) {
			object.Spec.RestartPolicy = v1alpha1.RestartPolicyAlways
			object.Spec.Start.AlternateUIDs = []string{alternateUID}
		})
		Expect(k8sClient.Create(ctx, &v1alpha1.CloudRecording{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: profiled.name},
			Spec: v1alpha1.CloudRecordingSpec{
				AppID: profiled.appID, CName: profiled.name, ProfileRef: &v1alpha1.ProfileReference{Name: profileName}, FileNamePrefix: []string{"profiled"},
			},
		})).To(Succeed())
		distant.start(ctx, v1alpha1.MixMode, plainStart(), func(object *v1alpha1.CloudRecording) {
			object.Spec.Window = window(time.Now().Add(24*time.Hour), 25*time.Hour)
		})
		for _, r := range []*recording{mixed, individual, page, profiled, restarted} {
			r.wants(faults.MethodAcquire, faults.MethodStart)
			r.becomes(ctx, isRecording)
		}

		for _, r := range []*recording{uploading, uploadingLate, notified, notifiedLate} {
			r.becomes(ctx, isRecording)
			r.stop(ctx)
			r.becomes(ctx, isUploading)
		}
		for _, r := range []*recording{deleting, deletingLate} {
			r.becomes(ctx, isRecording)
			r.delete(ctx)
			r.wants(faults.MethodStop)
			r.becomes(ctx, isUploading)
		}
		notified.transfer()
		notified.becomes(ctx, isUploaded)
		Expect(agora.Exit(ended.atAgora(Default).SID)).To(Succeed())
		ended.becomes(ctx, isEnded)
		Expect(agora.Exit(restarted.atAgora(Default).SID)).To(Succeed())
		// A stop makes sure of an end that nobody has told of.
		restarted.wants(faults.MethodStop, faults.MethodAcquire, faults.MethodStart)
		Eventually(restarted.read(ctx)).Should(And(
			HaveField("Status.Sessions", HaveLen(1)), WithTransform(summary, Equal(isRecording))))
		for _, r := range []*recording{adopted, stopping, stoppingLate} {
			r.becomes(ctx, isRecording)
		}
		suspended.becomes(ctx, isRecording)
		suspended.patch(ctx, `{"spec":{"suspend":true}}`)
		suspended.becomes(ctx, isSuspended)
		distant.becomes(ctx, isScheduled)
		patchProfile(ctx, `{"spec":{"uid":"1","storage":null}}`)
		everything.expectAsked()
	}, NodeTimeout(15*time.Minute))

	It("goes on with its recordings when it is upgraded", func(ctx context.Context) {
		known := remember(ctx)
		to.install(ctx)
		opening.start(ctx, v1alpha1.MixMode, plainStart(), func(object *v1alpha1.CloudRecording) {
			object.Spec.Window = window(time.Now().Add(inTheMiddle), 24*time.Hour)
		})
		opening.wants(faults.MethodAcquire, faults.MethodStart)
		stopping.stopWithin(lateStop)
		stopping.stop(ctx)
		stopping.becomes(ctx, "Stopping/Stopping")
		notifiedLate.transfer()
		operator.roll(ctx, to)

		uploading.transfer()
		deleting.transfer()
		opening.becomes(ctx, isRecording)
		deleting.isGone(ctx)
		for _, r := range []*recording{stopping, uploading, notified, notifiedLate} {
			r.becomes(ctx, isUploaded)
		}
		for _, r := range []*recording{adopted, mixed, individual, page, profiled, restarted, stoppingLate} {
			r.becomes(ctx, isRecording)
		}
		Expect(stopping.read(ctx)(Default)).To(HaveField("Status.StoppedReason", v1alpha1.StopAcknowledgedReason))
		suspended.becomes(ctx, isSuspended)
		distant.becomes(ctx, isScheduled)
		ended.becomes(ctx, isEnded)
		uploadingLate.becomes(ctx, isUploading)
		deletingLate.becomes(ctx, isUploading)
		now := remember(ctx)
		now.expectKept(known, deleting.name)
		Expect(now.stalled()).To(Equal([]string{ended.name}))
		everything.expectAsked()
		Expect(string(operator.logs.Contents())).NotTo(ContainSubstring("forbidden"))
	}, NodeTimeout(10*time.Minute))

	It("records what only the present version can", func(ctx context.Context) {
		By("running no more than the account allows")
		const limitedName = "limited"
		createSecret(ctx, limitedName, map[string]string{
			v1alpha1.CustomerIDKey: customerID, v1alpha1.CustomerSecretKey: customerSecret, v1alpha1.NotificationSecretKey: notificationSecret,
			v1alpha1.MaxRecordingsKey: "1",
		})
		first, second = everything.add("first"), everything.add("second")
		second.appID, second.asked = first.appID, first.asked
		for _, r := range []*recording{first, second} {
			r.start(ctx, v1alpha1.MixMode, plainStart(), func(object *v1alpha1.CloudRecording) {
				object.Spec.CredentialsSecretRef.Name = limitedName
			})
			if r == first {
				first.wants(faults.MethodAcquire, faults.MethodStart)
				first.becomes(ctx, isRecording)
			}
		}
		second.becomes(ctx, "Pending/WaitingForCapacity")

		By("making the recordings of schedules")
		begins := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
		soon, later := scheduleOf("soon", begins), scheduleOf("later", begins.Add(8*time.Minute))
		for _, schedule := range []*v1alpha1.CloudRecordingSchedule{soon, later} {
			Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		}
		occurring, coming = everything.add(occurrenceOf(soon, begins)), everything.add(occurrenceOf(later, begins.Add(8*time.Minute)))
		occurring.appID, coming.appID = appIDOf(soon.Name), appIDOf(later.Name)
		coming.becomes(ctx, isScheduled)
		occurring.wants(faults.MethodAcquire, faults.MethodStart)
		occurring.becomes(ctx, isRecording)

		By("noting what nobody has")
		_, err := agora.AddRecording(agorasim.RecordingOptions{AppID: nobodys.appID, CName: nobodys.name, UID: uid, Mode: recorder.ModeMix})
		Expect(err).NotTo(HaveOccurred())
		Eventually(unowned(ctx)).Should(HaveLen(1))

		By("changing a layout")
		applied := mixed.read(ctx)(Default).Status.Applied.Layout
		mixed.patch(ctx, `{"spec":{"start":{"recordingConfig":{"transcodingConfig":{"layoutConfig":[{"uid":"1","x_axis":0.5,"y_axis":0,"width":0.5,"height":1}]}}}}}`)
		mixed.wants(faults.MethodUpdateLayout)
		Eventually(mixed.read(ctx)).Should(HaveField("Status.Applied.Layout", Not(BeElementOf(applied, "uncertain"))))
		everything.expectAsked()
		Expect(string(operator.logs.Contents())).NotTo(ContainSubstring("forbidden"))
	}, NodeTimeout(10*time.Minute))

	It("goes on with its recordings when it is taken back", func(ctx context.Context) {
		known := remember(ctx)
		from.install(ctx)
		from.prune(ctx, to)
		opening.patch(ctx, `{"spec":{"window":{"end":"`+time.Now().Add(inTheMiddle).UTC().Format(time.RFC3339)+`"}}}`)
		opening.wants(faults.MethodStop)
		stoppingLate.stopWithin(lateStop)
		stoppingLate.stop(ctx)
		stoppingLate.becomes(ctx, "Stopping/Stopping")
		operator.roll(ctx, from)

		// Nothing of the former version knows that it was to wait.
		second.wants(faults.MethodAcquire, faults.MethodStart)
		uploadingLate.transfer()
		deletingLate.transfer()
		deletingLate.isGone(ctx)
		for _, r := range []*recording{stopping, stoppingLate, uploading, uploadingLate, notified, notifiedLate, opening} {
			r.becomes(ctx, isUploaded)
		}
		for _, r := range []*recording{adopted, mixed, individual, page, profiled, restarted, first, second, occurring} {
			r.becomes(ctx, isRecording)
		}
		suspended.becomes(ctx, isSuspended)
		distant.becomes(ctx, isScheduled)
		coming.becomes(ctx, isScheduled)
		ended.becomes(ctx, isEnded)
		now := remember(ctx)
		now.expectKept(known, deletingLate.name)
		Expect(now.stalled()).To(Equal([]string{ended.name}))
		everything.expectAsked()
	}, NodeTimeout(10*time.Minute))

	It("goes on with its recordings when it is upgraded again", func(ctx context.Context) {
		known := remember(ctx)
		to.install(ctx)
		operator.roll(ctx, to)
		for _, r := range []*recording{adopted, mixed, individual, page, profiled, restarted, first, second, occurring} {
			r.becomes(ctx, isRecording)
		}
		suspended.becomes(ctx, isSuspended)
		distant.becomes(ctx, isScheduled)
		coming.becomes(ctx, isScheduled)
		now := remember(ctx)
		now.expectKept(known)
		Expect(now.stalled()).To(Equal([]string{ended.name}))
		Expect(unowned(ctx)(Default)).To(HaveLen(1))
		everything.expectAsked()
	}, NodeTimeout(10*time.Minute))

	It("leaves nothing running in the end", func(ctx context.Context) {
		for _, r := range []*recording{adopted, mixed, individual, page, profiled, restarted, first, occurring} {
			r.stop(ctx)
		}
		for _, r := range []*recording{suspended, second} {
			r.delete(ctx)
			r.wants(faults.MethodStop)
		}
		for _, r := range []*recording{distant, coming} {
			r.delete(ctx)
		}
		for _, r := range []*recording{adopted, mixed, individual, page, profiled, first, occurring} {
			r.becomes(ctx, isUploaded)
		}
		// Nobody knows of the files of its first session.
		restarted.becomes(ctx, isUploading)
		for _, r := range []*recording{suspended, second, distant, coming} {
			r.isGone(ctx)
		}
		everything.expectAsked()
		for _, of := range agora.Recordings() {
			if of.CName != nobodys.name {
				Expect(of.Running).To(BeFalse(), of.CName)
				Expect(of.StopsTaken).To(BeNumerically("<=", 1), of.CName)
			}
		}
	}, NodeTimeout(10*time.Minute))
})

// window returns one that begins and lasts so long.
func window(opens time.Time, lasts time.Duration) *v1alpha1.RecordingWindow {
	opens = opens.Truncate(time.Second)
	return &v1alpha1.RecordingWindow{Start: &metav1.Time{Time: opens}, End: &metav1.Time{Time: opens.Add(lasts)}}
}

func patchProfile(ctx context.Context, change string) {
	GinkgoHelper()
	profile := &v1alpha1.CloudRecordingProfile{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: profileName}}
	Expect(k8sClient.Patch(ctx, profile, client.RawPatch("application/merge-patch+json", []byte(change)))).To(Succeed())
}

// unowned returns a function that reads what is kept of recordings that no object has.
func unowned(ctx context.Context) func(Gomega) map[string]string {
	return func(g Gomega) map[string]string {
		kept := &corev1.ConfigMap{}
		g.Expect(k8sClient.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: v1alpha1.UnownedConfigMapName}, kept)).To(Succeed())
		return kept.Data
	}
}

// scheduleOf returns a schedule of one occurrence a day.
func scheduleOf(name string, begins time.Time) *v1alpha1.CloudRecordingSchedule {
	return &v1alpha1.CloudRecordingSchedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.CloudRecordingScheduleSpec{
			Schedules: []string{fmt.Sprintf("%d %d * * *", begins.Minute(), begins.Hour())}, TimeZone: "UTC",
			Duration: metav1.Duration{Duration: time.Hour},
			Template: v1alpha1.CloudRecordingTemplate{Spec: v1alpha1.CloudRecordingSpec{
				AppID: appIDOf(name), CName: name, UID: uid, Mode: v1alpha1.MixMode, Start: plainStart(), Storage: storage(),
				CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: credentialsName},
			}},
		},
	}
}

func occurrenceOf(schedule *v1alpha1.CloudRecordingSchedule, begins time.Time) string {
	return schedule.Name + "-" + begins.UTC().Format("200601021504")
}
