// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// profileOfLessons has all that a lesson needs but its channel.
func (e *environment) profileOfLessons(change func(*v1alpha1.CloudRecordingProfileSpec)) *v1alpha1.CloudRecordingProfile {
	whole := e.lessonToStart(nil).Spec
	profile := &v1alpha1.CloudRecordingProfile{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "lessons"},
		Spec: v1alpha1.CloudRecordingProfileSpec{
			AppID: whole.AppID, UID: whole.UID, Mode: whole.Mode, CredentialsSecretRef: whole.CredentialsSecretRef,
			Start: whole.Start, Storage: whole.Storage,
		},
	}
	if change != nil {
		change(&profile.Spec)
	}
	return profile
}

// shortLesson names the profile, and gives nothing but its channel.
func (e *environment) shortLesson(change func(*v1alpha1.CloudRecordingSpec)) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "lesson"},
		Spec:       v1alpha1.CloudRecordingSpec{ProfileRef: &v1alpha1.ProfileReference{Name: "lessons"}, CName: "lesson"},
	}
	if change != nil {
		change(&recording.Spec)
	}
	return recording
}

// seen returns a function that reads a profile.
func seen(ctx context.Context, profile *v1alpha1.CloudRecordingProfile) func(Gomega) *v1alpha1.CloudRecordingProfile {
	return func(g Gomega) *v1alpha1.CloudRecordingProfile {
		read := &v1alpha1.CloudRecordingProfile{}
		g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(profile), read)).To(Succeed())
		return read
	}
}

var _ = Describe("a recording with a profile", func() {
	It("records by what the profile says, and not by what it says later", func(ctx context.Context) {
		e := beginWithToken(ctx)
		profile := e.profileOfLessons(nil)
		Expect(k8sClient.Create(ctx, profile)).To(Succeed())
		recording := e.shortLesson(func(s *v1alpha1.CloudRecordingSpec) { s.FileNamePrefix = []string{"lesson42"} })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		running := isRecording(ctx, recording)
		Expect(running.Status.Profile).To(Equal(&v1alpha1.ProfileStatus{Name: "lessons", UID: profile.UID, Generation: 1}))
		Expect(running.Status.Resolved.AppID).To(Equal(profile.Spec.AppID))
		Expect(running.Status.Resolved.Storage.FileNamePrefix).To(HaveExactElements("rec", "room1"))
		Expect(running.Spec.AppID).To(BeEmpty(), "the spec is the user's")
		Expect(running.Status.UID).To(Equal(profile.Spec.UID), "which kubectl shows")
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix(`ProfileResolved: The profile "lessons", generation 1, applies`)))
		Eventually(seen(ctx, profile)).Should(HaveField("Status.Recordings", BeEquivalentTo(1)))

		patch(ctx, profile, `{"spec":{"appId":"ffffffffffffffffffffffffffffffff","credentialsSecretRef":{"name":"other"}}}`)
		Expect(k8sClient.Delete(ctx, profile)).To(Succeed())
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted), haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
			HaveField("Status.FileList", ContainElement(HaveField("FileName", MatchRegexp(`^rec/room1/lesson42/[^/]+$`))))))
		Expect(e.simulated(running)().StopsTaken).To(Equal(1))
	})

	It("writes its files into its folder with a token that is minted, too", func(ctx context.Context) {
		e := beginWithToken(ctx)
		credentials := e.secret(ctx)(Default)
		patch(ctx, credentials, `{"stringData":{"appCertificate":"fedcba9876543210fedcba9876543210"}}`)
		Expect(k8sClient.Create(ctx, e.profileOfLessons(func(s *v1alpha1.CloudRecordingProfileSpec) { s.Start.TokenSecretRef = nil }))).To(Succeed())
		recording := e.shortLesson(func(s *v1alpha1.CloudRecordingSpec) { s.FileNamePrefix = []string{"lesson42"} })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Expect(isRecording(ctx, recording).Status.TokenExpirationTime).NotTo(BeNil())
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted), beVerified(metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason),
			HaveField("Status.FileList", ContainElement(HaveField("FileName", MatchRegexp(`^rec/room1/lesson42/[^/]+$`))))))
	})

	It("waits for its profile, and for what is missing in it", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.shortLesson(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.ProfileNotFoundReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.ProfileNotFoundReason)))
		profile := e.profileOfLessons(func(s *v1alpha1.CloudRecordingProfileSpec) { s.Storage, s.AppID = nil, "" })
		Expect(k8sClient.Create(ctx, profile)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.ProfileIncompleteReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring("spec.appId is in neither of them"))))
		patch(ctx, profile, `{"spec":{"appId":"0123456789abcdef0123456789abcdef"}}`)
		Eventually(observe(ctx, recording)).Should(haveMessage(v1alpha1.ReadyCondition, ContainSubstring("spec.start needs spec.storage")))
		// The operator may write the profile's status at any time.
		incomplete := seen(ctx, profile)(Default)
		whole := incomplete.DeepCopy()
		whole.Spec = e.profileOfLessons(nil).Spec
		Expect(k8sClient.Patch(ctx, whole, client.MergeFrom(incomplete))).To(Succeed())
		Expect(isRecording(ctx, recording).Status.Profile.Generation).To(BeEquivalentTo(3))
		Expect(e.calls(faults.MethodStart)()).To(Equal(1))
	})

	It("goes on once a Secret appears that its profile names", func(ctx context.Context) {
		e := beginWithToken(ctx)
		profile := e.profileOfLessons(func(s *v1alpha1.CloudRecordingProfileSpec) { s.Start.TokenSecretRef.Name = "later" })
		Expect(k8sClient.Create(ctx, profile)).To(Succeed())
		recording := e.shortLesson(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason))
		notReady := func(p *v1alpha1.CloudRecordingProfile) []metav1.Condition { return p.Status.Conditions }
		Eventually(seen(ctx, profile)).Should(WithTransform(notReady, ContainElement(And(
			HaveField("Type", v1alpha1.ReadyCondition), HaveField("Status", metav1.ConditionFalse), HaveField("Message", ContainSubstring("later"))))))
		e.createTokenIn(ctx, "later")
		isRecording(ctx, recording)
		Eventually(seen(ctx, profile)).Should(WithTransform(notReady, HaveExactElements(And(
			HaveField("Type", v1alpha1.ReadyCondition), HaveField("Status", metav1.ConditionTrue)))))
	})

	It("stops what it adopts by the profile's credentials", func(ctx context.Context) {
		e := beginWithToken(ctx)
		Expect(k8sClient.Create(ctx, e.profileOfLessons(nil))).To(Succeed())
		whole := e.record("adopted", nil)
		recording := e.shortLesson(func(s *v1alpha1.CloudRecordingSpec) {
			s.CName, s.ResourceID, s.SID, s.UID, s.Mode, s.AppID = whole.Spec.CName, whole.Spec.ResourceID, whole.Spec.SID, whole.Spec.UID, whole.Spec.Mode, whole.Spec.AppID
		})
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(havePhase(v1alpha1.PhaseRecording), HaveField("Status.Profile", Not(BeNil()))))
		patch(ctx, recording, `{"spec":{"state":"Stopped"}}`)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.StoppedTime", Not(BeNil())))
		Expect(e.simulated(whole)().StopsTaken).To(Equal(1))
	})

	It("stops what it adopts though there is no profile, where it says enough itself", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.record("adopted", nil)
		recording.Spec.ProfileRef = &v1alpha1.ProfileReference{Name: "missing"}
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseRecording))
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.StoppedTime", Not(BeNil())))
		Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
	})

	It("keeps the Secrets that its profile named until it has ended", func(ctx context.Context) {
		e := beginWithToken(ctx)
		Expect(k8sClient.Create(ctx, e.profileOfLessons(nil))).To(Succeed())
		recording := e.shortLesson(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		isRecording(ctx, recording)
		credentials := e.secret(ctx)(Default)
		Expect(credentials.Finalizers).To(ContainElement(v1alpha1.InUseFinalizer))
		Expect(k8sClient.Delete(ctx, credentials)).To(Succeed())
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(credentials), credentials) }).Should(MatchError(ContainSubstring("not found")))
	})
})
