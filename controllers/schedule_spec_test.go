// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	apitypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// aheadBy is a time at which an occurrence is due to be made, and not yet due to begin.
const aheadBy = 5 * time.Minute

// timetable returns a schedule with one occurrence a day, of an hour, and when the next begins.
func (e *environment) timetable(ahead time.Duration, changes ...func(*v1alpha1.CloudRecordingScheduleSpec)) (*v1alpha1.CloudRecordingSchedule, time.Time) {
	start := e.clock.Now().UTC().Add(ahead).Truncate(time.Minute)
	schedule := &v1alpha1.CloudRecordingSchedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "math"},
		Spec: v1alpha1.CloudRecordingScheduleSpec{
			Schedules: []string{daily(start)}, TimeZone: "UTC", Duration: metav1.Duration{Duration: time.Hour},
			Template: v1alpha1.CloudRecordingTemplate{
				Metadata: v1alpha1.TemplateMetadata{Labels: map[string]v1alpha1.TemplateLabel{"class": "7b"}},
				Spec:     e.lessonToStart(nil).Spec,
			},
		},
	}
	for _, change := range changes {
		change(&schedule.Spec)
	}
	return schedule, start
}

// daily is the cron expression of a time of the day.
func daily(at time.Time) string { return fmt.Sprintf("%d %d * * *", at.Minute(), at.Hour()) }

// beginSchedules returns an environment whose operator runs by a clock that can be put forward.
func beginSchedules(ctx context.Context, changes ...func(*environment)) (*environment, *leapingClock) {
	GinkgoHelper()
	e := newEnvironmentWithToken(ctx)
	ahead := &leapingClock{}
	e.clock = ahead
	for _, change := range changes {
		change(e)
	}
	e.run()
	return e, ahead
}

// leapTo puts a clock forward.
func leapTo(clock *leapingClock, to time.Time) { clock.ahead.Store(int64(time.Until(to))) }

// occurrencesMissed returns a function that reads how many occurrences are counted as missed.
func (e *environment) occurrencesMissed(reason v1alpha1.MissedReason) func(Gomega) float64 {
	return func(g Gomega) float64 {
		families, err := e.registry.Gather()
		g.Expect(err).NotTo(HaveOccurred())
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				if family.GetName() == "cloudrecording_occurrences_missed_total" && metric.GetLabel()[0].GetValue() == string(reason) {
					return metric.GetCounter().GetValue()
				}
			}
		}
		return -1
	}
}

// occurrence returns the object that an occurrence has.
func (e *environment) occurrence(start time.Time) *v1alpha1.CloudRecording {
	return &v1alpha1.CloudRecording{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "math-" + start.UTC().Format("200601021504")}}
}

// known returns a function that reads a schedule.
func known(ctx context.Context, schedule *v1alpha1.CloudRecordingSchedule) func(Gomega) *v1alpha1.CloudRecordingSchedule {
	return func(g Gomega) *v1alpha1.CloudRecordingSchedule {
		read := &v1alpha1.CloudRecordingSchedule{}
		g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(schedule), read)).To(Succeed())
		return read
	}
}

// look has the operator look at a schedule, whose clock was put forward.
func look(ctx context.Context, schedule *v1alpha1.CloudRecordingSchedule) {
	GinkgoHelper()
	patch(ctx, schedule, fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.ReconcileAtAnnotation, time.Now().Format(time.RFC3339Nano)))
}

// isMade waits until the recording of an occurrence waits for its time, and its finalizer is
// there: nothing more is written of it.
func (e *environment) isMade(ctx context.Context, start time.Time) *v1alpha1.CloudRecording {
	GinkgoHelper()
	made := e.occurrence(start)
	Eventually(observe(ctx, made)).Should(And(
		havePhase(v1alpha1.PhaseScheduled), haveReady(metav1.ConditionTrue, v1alpha1.ScheduledReason), HaveField("Finalizers", Not(BeEmpty()))))
	return observe(ctx, made)(Default)
}

func beReady(status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return WithTransform(func(schedule *v1alpha1.CloudRecordingSchedule) string {
		ready := meta.FindStatusCondition(schedule.Status.Conditions, v1alpha1.ReadyCondition)
		if ready == nil {
			return "absent"
		}
		return string(ready.Status) + " " + ready.Reason
	}, Equal(string(status)+" "+reason))
}

func (e *environment) eventsOf(ctx context.Context, schedule *v1alpha1.CloudRecordingSchedule) func(Gomega) []string {
	return e.events(ctx, &v1alpha1.CloudRecording{ObjectMeta: metav1.ObjectMeta{Name: schedule.Name}})
}

// awaitNoWebhook has a webhook asked for each recording that is created in the namespace, where
// none answers, until the function is called.
func (e *environment) awaitNoWebhook(ctx context.Context) (remove func()) {
	GinkgoHelper()
	webhook := &admissionv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "out-" + e.namespace},
		Webhooks: []admissionv1.ValidatingWebhook{{
			Name: "out.example.com", AdmissionReviewVersions: []string{"v1"}, SideEffects: ptr.To(admissionv1.SideEffectClassNone),
			ClientConfig:      admissionv1.WebhookClientConfig{URL: ptr.To("https://127.0.0.1:1/")},
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": e.namespace}},
			Rules: []admissionv1.RuleWithOperations{{
				Operations: []admissionv1.OperationType{admissionv1.Create},
				Rule:       admissionv1.Rule{APIGroups: []string{v1alpha1.GroupVersion.Group}, APIVersions: []string{"*"}, Resources: []string{"cloudrecordings"}},
			}},
		}},
	}
	Expect(k8sClient.Create(ctx, webhook)).To(Succeed())
	remove = func() {
		GinkgoHelper()
		Expect(client.IgnoreNotFound(k8sClient.Delete(context.Background(), webhook))).To(Succeed())
	}
	DeferCleanup(remove)
	probe := e.lessonToStart(nil)
	Eventually(func() error { return k8sClient.Create(ctx, probe.DeepCopy(), client.DryRunAll) }).Should(MatchError(ContainSubstring("failed calling webhook")))
	return remove
}

// fillQuota gives the namespace a quota of recordings that is used up. The function says how
// many are used, as the controller of quotas does.
func (e *environment) fillQuota(ctx context.Context) (use func(context.Context, int64)) {
	GinkgoHelper()
	const recordings = corev1.ResourceName("count/cloudrecordings.cloudrecording.dev")
	amount := func(n int64) corev1.ResourceList {
		return corev1.ResourceList{recordings: *resource.NewQuantity(n, resource.DecimalSI)}
	}
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "few"}, Spec: corev1.ResourceQuotaSpec{Hard: amount(5)},
	}
	Expect(k8sClient.Create(ctx, quota)).To(Succeed())
	probe := e.lessonToStart(nil)
	use = func(ctx context.Context, used int64) {
		GinkgoHelper()
		quota.Status = corev1.ResourceQuotaStatus{Hard: quota.Spec.Hard, Used: amount(used)}
		Expect(k8sClient.Status().Update(ctx, quota)).To(Succeed())
		Eventually(func() error { return k8sClient.Create(ctx, probe.DeepCopy(), client.DryRunAll) }).
			Should(MatchError(ContainSubstring(fmt.Sprintf("used: %s=%d", recordings, used))))
	}
	use(ctx, 5)
	return use
}

var _ = Describe("a schedule", func() {
	It("makes its next occurrence ahead, which is recorded from its start to its end", func(ctx context.Context) {
		e, ahead := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy)
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		made := e.isMade(ctx, start)
		Expect(made.Labels).To(Equal(map[string]string{v1alpha1.ScheduleLabel: "math", "class": "7b"}))
		Expect(made.Annotations).To(HaveKeyWithValue(v1alpha1.ScheduleUIDAnnotation, string(schedule.UID)))
		Expect(made.Spec.Window.Start.Time).To(BeTemporally("==", start))
		Expect(made.Spec.Window.End.Time).To(BeTemporally("==", start.Add(time.Hour)))
		Expect(made.OwnerReferences).To(BeEmpty())
		Eventually(known(ctx, schedule)).Should(And(
			beReady(metav1.ConditionTrue, v1alpha1.ScheduledReason),
			HaveField("Status.Next.Time", BeTemporally("==", start)),
			HaveField("Status.Active", ConsistOf(v1alpha1.ActiveOccurrence{Name: made.Name})),
			HaveField("Status.ObservedGeneration", BeEquivalentTo(1))))
		Eventually(e.eventsOf(ctx, schedule)).Should(ContainElement(HavePrefix("OccurrenceMade: The CloudRecording of the occurrence of " + start.Format(time.RFC3339))))

		leapTo(ahead, start.Add(time.Second))
		patch(ctx, made, fmt.Sprintf(`{"metadata":{"annotations":{%q:"begins"}}}`, v1alpha1.ReconcileAtAnnotation))
		running := isRecording(ctx, made)
		patch(ctx, schedule, `{"spec":{"successfulHistoryLimit":9}}`)
		Eventually(known(ctx, schedule)).Should(And(
			HaveField("Status.Last", HaveValue(HaveField("Time", BeTemporally("==", start)))),
			HaveField("Status.Next.Time", BeTemporally("==", start.Add(24*time.Hour))),
			HaveField("Status.ObservedGeneration", BeEquivalentTo(2))))
		written := len(e.writes.of("cloudrecordingschedules"))
		leapTo(ahead, start.Add(time.Hour))
		patch(ctx, made, fmt.Sprintf(`{"metadata":{"annotations":{%q:"ends"}}}`, v1alpha1.ReconcileAtAnnotation))
		Eventually(observe(ctx, running)).Should(And(
			havePhase(v1alpha1.PhaseCompleted), HaveField("Status.StopReason", v1alpha1.StopReasonWindowEnded)))
		Eventually(known(ctx, schedule)).Should(And(HaveField("Status.Active", BeEmpty()), HaveField("Status.ActiveCount", BeZero())))
		Eventually(func() []string { return e.writes.of("cloudrecordingschedules") }).Should(HaveLen(written+1), "that it is over is all that was written")
	})

	It("does not make again what somebody has deleted, whoever runs", func(ctx context.Context) {
		e, _ := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy)
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		made := e.isMade(ctx, start)
		Eventually(known(ctx, schedule)).Should(HaveField("Status.Made", HaveLen(1)))
		Expect(k8sClient.Delete(ctx, made)).To(Succeed())
		e.eventuallyGone(ctx, made)
		Eventually(known(ctx, schedule)).Should(HaveField("Status.ActiveCount", BeZero()))
		e.stop()
		e.run()
		look(ctx, schedule)
		Consistently(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(made), made) }).WithTimeout(2 * time.Second).
			Should(Satisfy(apierrors.IsNotFound))
	})

	It("leaves a stranger's object alone, and says that it has the name", func(ctx context.Context) {
		e, ahead := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy)
		stranger := e.lessonToStart(func(s *v1alpha1.CloudRecordingSpec) { s.Suspend = true })
		stranger.Name = e.occurrence(start).Name
		Expect(k8sClient.Create(ctx, stranger)).To(Succeed())
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		Eventually(known(ctx, schedule)).Should(And(
			beReady(metav1.ConditionFalse, v1alpha1.NameTakenReason), HaveField("Status.Blocked.Reason", v1alpha1.MissedNameTaken)))
		Eventually(e.eventsOf(ctx, schedule)).Should(ContainElement(HavePrefix("NameTaken: The CloudRecording")))

		leapTo(ahead, start.Add(time.Hour))
		look(ctx, schedule)
		Eventually(known(ctx, schedule)).Should(And(
			HaveField("Status.LastMissed", HaveValue(HaveField("Reason", v1alpha1.MissedNameTaken))),
			beReady(metav1.ConditionTrue, v1alpha1.ScheduledReason)))
		Expect(observe(ctx, stranger)(Default).Labels).NotTo(HaveKey(v1alpha1.ScheduleLabel))
	})

	It("deletes what has not begun when it is suspended, and makes it anew when that ends", func(ctx context.Context) {
		e, _ := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy)
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		made := e.isMade(ctx, start)
		patch(ctx, schedule, `{"spec":{"suspend":true}}`)
		e.eventuallyGone(ctx, made)
		Eventually(known(ctx, schedule)).Should(And(
			beReady(metav1.ConditionTrue, v1alpha1.SuspendedReason), HaveField("Status.Next", BeNil()),
			HaveField("Status.Conditions", HaveLen(1))))
		Eventually(e.eventsOf(ctx, schedule)).Should(ContainElement(And(HavePrefix("OccurrenceDeleted: "), ContainSubstring("the schedule is suspended"))))
		patch(ctx, schedule, `{"spec":{"suspend":false}}`)
		Expect(e.isMade(ctx, start).UID).NotTo(Equal(made.UID))
	})

	It("tells of each recording that it makes and deletes, though these are several at once", func(ctx context.Context) {
		e, _ := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy)
		schedule.Spec.ConcurrencyPolicy = v1alpha1.ConcurrencyPolicyReplace
		next := start.Add(time.Minute)
		schedule.Spec.Schedules = append(schedule.Spec.Schedules, daily(next))
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		first, second := e.isMade(ctx, start), e.isMade(ctx, next)
		Eventually(e.eventsOf(ctx, schedule)).Should(ContainElements(
			And(HavePrefix("OccurrenceMade: "), ContainSubstring(start.Format(time.RFC3339))), And(HavePrefix("OccurrenceMade: "), ContainSubstring(next.Format(time.RFC3339)))))
		patch(ctx, schedule, `{"spec":{"suspend":true}}`)
		Eventually(e.eventsOf(ctx, schedule)).Should(ContainElements(
			And(HavePrefix("OccurrenceDeleted: "), ContainSubstring(first.Name)), And(HavePrefix("OccurrenceDeleted: "), ContainSubstring(second.Name))))
	})

	It("makes other recordings when it is edited", func(ctx context.Context) {
		e, _ := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy)
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		before := e.isMade(ctx, start)
		patch(ctx, schedule, `{"spec":{"template":{"spec":{"cname":"other"}}}}`)
		Eventually(observe(ctx, before)).Should(And(HaveField("Spec.CName", "other"), HaveField("UID", Not(Equal(before.UID)))))
		after := e.isMade(ctx, start)

		later := start.Add(2 * time.Minute)
		patch(ctx, schedule, fmt.Sprintf(`{"spec":{"schedules":[%q]}}`, daily(later)))
		e.eventuallyGone(ctx, after)
		e.isMade(ctx, later)
		Eventually(known(ctx, schedule)).Should(HaveField("Status.Conditions", HaveLen(1)), "nothing is being replaced any more")
		Expect(known(ctx, schedule)(Default).Status.LastMissed).To(BeNil())
	})

	It("leaves its recordings when it is deleted, or takes them along if it owns them", func(ctx context.Context) {
		e, _ := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy)
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		made := e.isMade(ctx, start)
		Expect(k8sClient.Delete(ctx, schedule)).To(Succeed())
		Consistently(observe(ctx, made)).WithTimeout(2 * time.Second).Should(HaveField("DeletionTimestamp", BeNil()))
		Expect(k8sClient.Delete(ctx, made)).To(Succeed())

		owning, start := e.timetable(aheadBy+time.Minute, func(s *v1alpha1.CloudRecordingScheduleSpec) { s.Ownership = v1alpha1.ScheduleOwnershipSchedule })
		Expect(k8sClient.Create(ctx, owning)).To(Succeed())
		Expect(e.isMade(ctx, start).OwnerReferences).To(ConsistOf(metav1.OwnerReference{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudRecordingSchedule", Name: owning.Name, UID: owning.UID,
		}), "by which the garbage collector takes it along")
	})

	It("takes what another schedule of its name has made for made", func(ctx context.Context) {
		e, _ := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy)
		again := schedule.DeepCopy()
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		made := e.isMade(ctx, start)
		Expect(k8sClient.Delete(ctx, schedule)).To(Succeed())
		Expect(k8sClient.Create(ctx, again)).To(Succeed())
		Eventually(known(ctx, again)).Should(And(
			HaveField("Status.Made", ConsistOf(HaveField("Time", BeTemporally("==", start)))), beReady(metav1.ConditionTrue, v1alpha1.ScheduledReason)))
		Expect(observe(ctx, made)(Default).UID).To(Equal(made.UID))
	})

	It("keeps so many that are over, and deletes the older ones with a word on each", func(ctx context.Context) {
		e, ahead := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy)
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		made := e.isMade(ctx, start)
		leapTo(ahead, start.Add(time.Second))
		patch(ctx, made, fmt.Sprintf(`{"metadata":{"annotations":{%q:"begins"}}}`, v1alpha1.ReconcileAtAnnotation))
		isRecording(ctx, made)
		patch(ctx, schedule, `{"spec":{"successfulHistoryLimit":0}}`)
		Eventually(known(ctx, schedule)).Should(HaveField("Status.ObservedGeneration", BeEquivalentTo(2)))
		Expect(observe(ctx, made)(Default).DeletionTimestamp).To(BeNil(), "it runs")
		patch(ctx, made, wantStopped)
		e.eventuallyGone(ctx, made)
		Eventually(e.events(ctx, made)).Should(ContainElement(ContainSubstring("The recording has ended, and its object goes. Files")))
		Eventually(e.eventsOf(ctx, schedule)).Should(ContainElement(ContainSubstring("the history limits do not keep it")))
	})

	It("ends the one before it by Replace", func(ctx context.Context) {
		e, ahead := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy, func(s *v1alpha1.CloudRecordingScheduleSpec) { s.ConcurrencyPolicy = v1alpha1.ConcurrencyPolicyReplace })
		next := start.Add(2 * time.Minute)
		schedule.Spec.Schedules = append(schedule.Spec.Schedules, daily(next))
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		first, second := e.isMade(ctx, start), e.isMade(ctx, next)
		leapTo(ahead, next.Add(time.Second))
		look(ctx, schedule)
		Eventually(observe(ctx, first)).Should(HaveField("Spec.Window.End.Time", BeTemporally("==", next)))
		Expect(observe(ctx, second)(Default).Spec.Window.End.Time).To(BeTemporally("==", next.Add(time.Hour)))
		Eventually(e.eventsOf(ctx, schedule)).Should(ContainElement(HavePrefix("OccurrenceReplaced: ")))
	})

	It("ends the one before it by Replace, though older ones cannot be deleted", func(ctx context.Context) {
		e, ahead := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy, func(s *v1alpha1.CloudRecordingScheduleSpec) {
			s.ConcurrencyPolicy, s.SuccessfulHistoryLimit = v1alpha1.ConcurrencyPolicyReplace, ptr.To[int32](0)
		})
		next := start.Add(2 * time.Minute)
		schedule.Spec.Schedules = append(schedule.Spec.Schedules, daily(next))
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		first := e.isMade(ctx, start)
		e.isMade(ctx, next)
		e.refuse(ctx, admissionv1.Delete, "cloudrecordings", "no recording is deleted here")
		Eventually(func() error { return k8sClient.Delete(ctx, first.DeepCopy(), client.DryRunAll) }).Should(MatchError(ContainSubstring("no recording is deleted here")))
		older := e.occurrence(start.Add(-24 * time.Hour))
		older.Labels, older.Annotations, older.Spec = first.Labels, first.Annotations, *first.Spec.DeepCopy()
		older.Spec.Window = &v1alpha1.RecordingWindow{Start: &metav1.Time{Time: start.Add(-24 * time.Hour)}, End: &metav1.Time{Time: start.Add(-23 * time.Hour)}}
		Expect(k8sClient.Create(ctx, older)).To(Succeed())
		Eventually(observe(ctx, older)).Should(havePhase(v1alpha1.PhaseCompleted))
		leapTo(ahead, next.Add(time.Second))
		look(ctx, schedule)
		Eventually(observe(ctx, first)).Should(HaveField("Spec.Window.End.Time", BeTemporally("==", next)))
		Expect(observe(ctx, older)(Default).DeletionTimestamp).To(BeNil())
	})

	It("ends the one before it by Replace and says what is wrong, though no webhook answers for the one after", func(ctx context.Context) {
		e, ahead := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy, func(s *v1alpha1.CloudRecordingScheduleSpec) { s.ConcurrencyPolicy = v1alpha1.ConcurrencyPolicyReplace })
		next, after := start.Add(2*time.Minute), start.Add(10*time.Minute)
		schedule.Spec.Schedules = append(schedule.Spec.Schedules, daily(next), daily(after))
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		first := e.isMade(ctx, start)
		e.isMade(ctx, next)
		answer := e.awaitNoWebhook(ctx)
		leapTo(ahead, next.Add(time.Second))
		look(ctx, schedule)
		Eventually(observe(ctx, first)).Should(HaveField("Spec.Window.End.Time", BeTemporally("==", next)))
		Eventually(known(ctx, schedule)).Should(And(
			beReady(metav1.ConditionFalse, v1alpha1.RecordingRefusedReason), HaveField("Status.Blocked.Time.Time", BeTemporally("==", after)),
			HaveField("Status.Conditions", ContainElement(HaveField("Message", And(
				HavePrefix("The CloudRecording of an occurrence cannot be created: "), ContainSubstring("failed calling webhook")))))))
		answer()
		e.isMade(ctx, after)
		Eventually(known(ctx, schedule)).Should(And(beReady(metav1.ConditionTrue, v1alpha1.ScheduledReason), HaveField("Status.Blocked", BeNil())))
	})

	It("ends the one before it by Replace, though its own status cannot be written", func(ctx context.Context) {
		e, ahead := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy, func(s *v1alpha1.CloudRecordingScheduleSpec) { s.ConcurrencyPolicy = v1alpha1.ConcurrencyPolicyReplace })
		next := start.Add(2 * time.Minute)
		schedule.Spec.Schedules = append(schedule.Spec.Schedules, daily(next))
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		first := e.isMade(ctx, start)
		e.isMade(ctx, next)
		Eventually(known(ctx, schedule)).Should(HaveField("Status.Made", HaveLen(2)))
		e.refuse(ctx, admissionv1.Update, "cloudrecordingschedules/status", "no status is taken here")
		Eventually(func() error {
			return k8sClient.Status().Patch(ctx, schedule.DeepCopy(), client.RawPatch(apitypes.MergePatchType, []byte(`{"status":{"activeCount":7}}`)), client.DryRunAll)
		}).Should(MatchError(ContainSubstring("no status is taken here")))
		leapTo(ahead, next.Add(time.Second))
		look(ctx, schedule)
		Eventually(observe(ctx, first)).Should(HaveField("Spec.Window.End.Time", BeTemporally("==", next)))
	})

	It("says of an occurrence that no webhook let be made that it was refused", func(ctx context.Context) {
		e, ahead := beginSchedules(ctx)
		e.awaitNoWebhook(ctx)
		schedule, start := e.timetable(aheadBy)
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		Eventually(known(ctx, schedule)).Should(beReady(metav1.ConditionFalse, v1alpha1.RecordingRefusedReason))
		leapTo(ahead, start.Add(time.Hour))
		look(ctx, schedule)
		Eventually(known(ctx, schedule)).Should(HaveField("Status.LastMissed", HaveValue(HaveField("Reason", v1alpha1.MissedRefused))))
		Eventually(e.occurrencesMissed(v1alpha1.MissedRefused)).Should(Equal(1.0))
	})

	It("says of a quota that is used up what the API server said last, and writes that once", func(ctx context.Context) {
		e, _ := beginSchedules(ctx)
		use := e.fillQuota(ctx)
		schedule, _ := e.timetable(aheadBy)
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		Eventually(known(ctx, schedule)).Should(beReady(metav1.ConditionFalse, v1alpha1.RecordingRefusedReason))
		said := meta.FindStatusCondition(known(ctx, schedule)(Default).Status.Conditions, v1alpha1.ReadyCondition)
		Expect(said.Message).To(ContainSubstring("used: count/cloudrecordings.cloudrecording.dev=5"))
		written, tried := len(e.writes.of("cloudrecordingschedules")), len(e.writes.creations("cloudrecordings"))

		for again := range 2 {
			look(ctx, schedule)
			Eventually(func() int { return len(e.writes.creations("cloudrecordings")) }).
				Should(BeNumerically(">", tried+again), "what came of the one before is decided on")
		}
		Expect(e.writes.of("cloudrecordingschedules")).To(HaveLen(written))
		use(ctx, 6)
		look(ctx, schedule)
		Eventually(known(ctx, schedule)).Should(HaveField("Status.Conditions", ContainElement(
			HaveField("Message", ContainSubstring("used: count/cloudrecordings.cloudrecording.dev=6")))))
	})

	It("says in one event how many were missed while nobody looked for two weeks, and makes the one that is on", func(ctx context.Context) {
		e, ahead := beginSchedules(ctx)
		schedule, start := e.timetable(30 * time.Minute)
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		Eventually(known(ctx, schedule)).Should(beReady(metav1.ConditionTrue, v1alpha1.ScheduledReason))
		e.stop()
		leapTo(ahead, time.Now().Add(14*24*time.Hour+60*time.Minute))
		e.run()
		isOn := start.Add(14 * 24 * time.Hour)
		Eventually(observe(ctx, e.occurrence(isOn))).Should(HaveField("Spec.Window.End.Time", BeTemporally("==", isOn.Add(time.Hour))))
		Eventually(known(ctx, schedule)).Should(HaveField("Status.LastMissed", HaveValue(And(
			HaveField("Reason", v1alpha1.MissedTooLate), HaveField("Time.Time", BeTemporally("==", isOn.Add(-24*time.Hour)))))))
		Eventually(e.eventsOf(ctx, schedule)).Should(ContainElement(HavePrefix("OccurrencesMissed: 14 occurrences were missed, the latest of ")))
		Eventually(e.occurrencesMissed(v1alpha1.MissedTooLate)).Should(Equal(14.0))
	})

	It("says what it cannot read, and goes on once that is mended", func(ctx context.Context) {
		e, _ := beginSchedules(ctx)
		schedule, start := e.timetable(aheadBy, func(s *v1alpha1.CloudRecordingScheduleSpec) { s.TimeZone = "Mars/Phobos" })
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		Eventually(known(ctx, schedule)).Should(beReady(metav1.ConditionFalse, v1alpha1.InvalidScheduleReason))
		stalled := meta.FindStatusCondition(known(ctx, schedule)(Default).Status.Conditions, v1alpha1.StalledCondition)
		Expect(stalled.Message).To(Equal(`The time zone "Mars/Phobos" is not known: set spec.timeZone to a name in the IANA database, such as Europe/Berlin.`))
		patch(ctx, schedule, `{"spec":{"timeZone":"UTC"}}`)
		e.isMade(ctx, start)
		Eventually(known(ctx, schedule)).Should(HaveField("Status.Conditions", HaveLen(1)))
	})

	It("makes nothing that its operator would not look after", func(ctx context.Context) {
		e, _ := beginSchedules(ctx, func(e *environment) { e.selector = labels.SelectorFromSet(labels.Set{"class": "8a"}) })
		schedule, start := e.timetable(aheadBy)
		schedule.Labels = map[string]string{"class": "8a"}
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		Eventually(known(ctx, schedule)).Should(beReady(metav1.ConditionFalse, v1alpha1.OutsideShardReason))
		patch(ctx, schedule, `{"spec":{"template":{"metadata":{"labels":{"class":"8a"}}}}}`)
		e.isMade(ctx, start)
	})

	It("makes recordings that take from a profile what the template does not say", func(ctx context.Context) {
		e, _ := beginSchedules(ctx)
		Expect(k8sClient.Create(ctx, e.profileOfLessons(nil))).To(Succeed())
		schedule, start := e.timetable(aheadBy, func(s *v1alpha1.CloudRecordingScheduleSpec) {
			s.Template.Spec = e.shortLesson(nil).Spec
			s.SuccessfulHistoryLimit = ptr.To[int32](3)
		})
		Expect(k8sClient.Create(ctx, schedule)).To(Succeed())
		Expect(e.isMade(ctx, start).Spec.ProfileRef.Name).To(Equal("lessons"))
	})
})
