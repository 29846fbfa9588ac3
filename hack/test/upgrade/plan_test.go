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
)

const (
	// lateStop is longer than the replacement of a replica.
	lateStop = 15 * time.Second

	// inTheMiddle is the time after its start at which an upgrade is in progress.
	inTheMiddle = 4 * time.Second
)

// The states of objects, as returned by summary.
const (
	isRecording = "Recording/Recording"
	isScheduled = "Scheduled/Scheduled"
	isStopping  = "Stopping/Stopping"
	isUploading = "Uploading/UploadPending"
	isUploaded  = "Completed/Uploaded"
	isSuspended = "Recording/Suspended"
	isWaiting   = "Pending/WaitingForCapacity"
	// isEnded means that a recording has ended although it should have continued, and that its
	// files are unknown.
	isEnded = "Uploading/RecordingEnded"
)

// plan contains the recordings, named after their fate. Those named late change during the
// rollback.
type plan struct {
	recordings

	adopted, suspended, ended, nobodys           *recording
	mixed, individual, page, profiled, restarted *recording
	distant, opening                             *recording
	stopping, stoppingLate                       *recording
	uploading, uploadingLate                     *recording
	notified, notifiedLate                       *recording
	deleting, deletingLate                       *recording

	// These need the current version.
	first, second     *recording
	occurring, coming *recording
}

// newPlan returns a plan in which nothing has begun.
func newPlan() *plan {
	p := &plan{}
	for name, place := range map[string]**recording{
		"adopted": &p.adopted, "suspended": &p.suspended, "ended": &p.ended, "nobodys": &p.nobodys,
		"mixed": &p.mixed, "individual": &p.individual, "page": &p.page, "profiled": &p.profiled, "restarted": &p.restarted,
		"distant": &p.distant, "opening": &p.opening,
		"stopping": &p.stopping, "stopping-late": &p.stoppingLate,
		"uploading": &p.uploading, "uploading-late": &p.uploadingLate,
		"notified": &p.notified, "notified-late": &p.notifiedLate,
		"deleting": &p.deleting, "deleting-late": &p.deletingLate,
	} {
		*place = p.add(name)
	}
	return p
}

// begin brings recordings into each state.
func (p *plan) begin(ctx context.Context) {
	GinkgoHelper()
	By("having recordings in each state")
	p.adopt(ctx)
	p.start(ctx)
	p.stopSome(ctx)
	p.settle(ctx)
	p.expectAsked()
}

// adopt creates objects that adopt running recordings.
func (p *plan) adopt(ctx context.Context) {
	GinkgoHelper()
	for _, r := range []*recording{p.adopted, p.suspended, p.ended, p.stopping, p.stoppingLate} {
		r.adopt(ctx, agorasim.Scenario{}, nil)
	}
	for _, r := range []*recording{p.uploading, p.uploadingLate, p.deleting, p.deletingLate} {
		r.adopt(ctx, backedUp(false), nil)
	}
	for _, r := range []*recording{p.notified, p.notifiedLate} {
		r.adopt(ctx, backedUp(true), func(object *v1alpha1.CloudRecording) { object.Spec.Storage = nil })
	}
}

// start creates objects whose recordings the operator starts.
func (p *plan) start(ctx context.Context) {
	GinkgoHelper()
	p.mixed.start(ctx, v1alpha1.MixMode, startOfMix(), nil)
	p.individual.start(ctx, v1alpha1.IndividualMode, startOfIndividual(), nil)
	p.page.start(ctx, v1alpha1.WebMode, startOfPage(), nil)
	p.restarted.start(ctx, v1alpha1.MixMode, plainStart(), func(object *v1alpha1.CloudRecording) {
		object.Spec.RestartPolicy = v1alpha1.RestartPolicyAlways
		object.Spec.Start.AlternateUIDs = []string{alternateUID}
	})
	Expect(k8sClient.Create(ctx, &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: p.profiled.name},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: p.profiled.appID, CName: p.profiled.name, ProfileRef: &v1alpha1.ProfileReference{Name: profileName}, FileNamePrefix: []string{"profiled"},
		},
	})).To(Succeed())
	p.distant.start(ctx, v1alpha1.MixMode, plainStart(), func(object *v1alpha1.CloudRecording) {
		object.Spec.Window = window(time.Now().Add(24*time.Hour), 25*time.Hour)
	})
	for _, r := range []*recording{p.mixed, p.individual, p.page, p.profiled, p.restarted} {
		r.wants(faults.MethodAcquire, faults.MethodStart)
		r.becomes(ctx, isRecording)
	}
}

// stopSome stops recordings whose files remain in Agora's backup.
func (p *plan) stopSome(ctx context.Context) {
	GinkgoHelper()
	for _, r := range []*recording{p.uploading, p.uploadingLate, p.notified, p.notifiedLate} {
		r.becomes(ctx, isRecording)
		r.stop(ctx)
		r.becomes(ctx, isUploading)
	}
	for _, r := range []*recording{p.deleting, p.deletingLate} {
		r.becomes(ctx, isRecording)
		r.delete(ctx)
		r.wants(faults.MethodStop)
		r.becomes(ctx, isUploading)
	}
}

// settle brings the other recordings into the states in which the upgrade finds them.
func (p *plan) settle(ctx context.Context) {
	GinkgoHelper()
	p.notified.transfer()
	p.notified.becomes(ctx, isUploaded)
	Expect(agora.Exit(p.ended.atAgora(Default).SID)).To(Succeed())
	p.ended.becomes(ctx, isEnded)
	Expect(agora.Exit(p.restarted.atAgora(Default).SID)).To(Succeed())
	// A stop confirms an end that no notification has reported.
	p.restarted.wants(faults.MethodStop, faults.MethodAcquire, faults.MethodStart)
	Eventually(p.restarted.read(ctx)).Should(And(
		HaveField("Status.Sessions", HaveLen(1)), WithTransform(summary, Equal(isRecording))))
	for _, r := range []*recording{p.adopted, p.stopping, p.stoppingLate} {
		r.becomes(ctx, isRecording)
	}
	p.suspended.becomes(ctx, isRecording)
	p.suspended.patch(ctx, `{"spec":{"suspend":true}}`)
	p.suspended.becomes(ctx, isSuspended)
	p.distant.becomes(ctx, isScheduled)
	patchProfile(ctx, `{"spec":{"uid":"1","storage":null}}`)
}

// running are the recordings that continue until the end.
func (p *plan) running() []*recording {
	return []*recording{p.adopted, p.mixed, p.individual, p.page, p.profiled, p.restarted}
}

// expectLookedAfter waits until Agora is queried about recordings again, and expects that they
// run as before.
func (p *plan) expectLookedAfter(ctx context.Context, running ...*recording) {
	GinkgoHelper()
	before := len(agora.Requests())
	for _, r := range running {
		Eventually(func() []agorasim.Request { return agora.Requests()[before:] }).
			Should(ContainElement(And(HaveField("Method", faults.MethodQuery), HaveField("AppID", r.appID))), r.name)
		r.becomes(ctx, isRecording)
	}
}

// window returns a window with a start and a length.
func window(opens time.Time, lasts time.Duration) *v1alpha1.RecordingWindow {
	opens = opens.Truncate(time.Second)
	return &v1alpha1.RecordingWindow{Start: &metav1.Time{Time: opens}, End: &metav1.Time{Time: opens.Add(lasts)}}
}

func patchProfile(ctx context.Context, change string) {
	GinkgoHelper()
	profile := &v1alpha1.CloudRecordingProfile{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: profileName}}
	Expect(k8sClient.Patch(ctx, profile, client.RawPatch("application/merge-patch+json", []byte(change)))).To(Succeed())
}

// unowned returns a function that reads the tracked recordings without an object.
func unowned(ctx context.Context) func(Gomega) map[string]string {
	return func(g Gomega) map[string]string {
		kept := &corev1.ConfigMap{}
		g.Expect(k8sClient.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: v1alpha1.UnownedConfigMapName}, kept)).To(Succeed())
		return kept.Data
	}
}

// scheduleOf returns a schedule with one occurrence per day.
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
