// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// refuseStatuses has the API server refuse all statuses of recordings in the namespace,
// by a policy as administrators write them, until the function is called.
func (e *environment) refuseStatuses(ctx context.Context, recording *v1alpha1.CloudRecording) (accept func()) {
	GinkgoHelper()
	accept = e.refuse(ctx, admissionv1.Update, "cloudrecordings/status", "no status is taken here")
	Eventually(func() error {
		probe := observe(ctx, recording)(Default)
		change := client.RawPatch("application/merge-patch+json", []byte(`{"status":{"phase":"Pending"}}`))
		return k8sClient.Status().Patch(ctx, probe, change, client.DryRunAll)
	}).Should(MatchError(ContainSubstring("no status is taken here")))
	return accept
}

// refuse has the API server refuse an operation on a resource in the namespace, until the
// function is called.
func (e *environment) refuse(ctx context.Context, operation admissionv1.OperationType, resource, message string) (accept func()) {
	GinkgoHelper()
	name := "refuse-" + strings.ToLower(string(operation)) + "-" + e.namespace
	inNamespace := &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": e.namespace}}
	policy := &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: ptr.To(admissionv1.Fail),
			MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{operation},
					Rule: admissionv1.Rule{
						APIGroups: []string{v1alpha1.GroupVersion.Group}, APIVersions: []string{"*"}, Resources: []string{resource},
					},
				},
			}}},
			Validations: []admissionv1.Validation{{Expression: "false", Message: message}},
		},
	}
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: name, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
			MatchResources: &admissionv1.MatchResources{NamespaceSelector: inNamespace},
		},
	}
	Expect(k8sClient.Create(ctx, policy)).To(Succeed())
	Expect(k8sClient.Create(ctx, binding)).To(Succeed())
	accept = func() {
		GinkgoHelper()
		ctx := context.Background()
		Expect(client.IgnoreNotFound(k8sClient.Delete(ctx, binding))).To(Succeed())
		Expect(client.IgnoreNotFound(k8sClient.Delete(ctx, policy))).To(Succeed())
	}
	DeferCleanup(accept)
	return accept
}

var _ = Describe("a recording whose status cannot be written", func() {
	It("is stopped all the same, and shows what Agora answered once it can be", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		accept := e.refuseStatuses(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(e.simulated(recording)).Should(HaveField("Exited", true))
		Expect(observe(ctx, recording)(Default)).To(havePhase(v1alpha1.PhaseRecording))
		Eventually(e.metric("cloudrecording_statuses_not_written")).Should(BeEquivalentTo(1))
		Eventually(e.metric("cloudrecording_status_not_written_seconds")).Should(BeNumerically(">", 1))
		Eventually(e.events(ctx, recording)).Should(ContainElement(And(
			HavePrefix(v1alpha1.StatusNotWrittenReason), ContainSubstring("Check admission webhooks"))))

		accept()
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.ReportedByAgoraReason),
			HaveField("Status.StopRequestedTime", Not(BeNil())),
			HaveField("Status.FileList", Not(BeEmpty()))))
		Expect(e.requests("stop", recording)()).To(Equal(1))
		Eventually(e.metric("cloudrecording_statuses_not_written")).Should(BeZero())
	})

	It("is stopped when spec.maxDuration is over, and tried again as ever where that fails", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		recording.Spec.MaxDuration = &metav1.Duration{Duration: time.Hour}
		e.adopt(ctx, recording)
		e.writes.setRefuse(true)
		e.fault(faults.Fault{Method: faults.MethodStop, Effect: faults.EffectGatewayPage, Times: 2})
		e.leapTo(ctx, recording, recording.CreationTimestamp.Add(time.Hour-shortly))
		Eventually(e.simulated(recording)).Should(HaveField("Exited", true))
		Expect(e.requests("stop", recording)()).To(Equal(3), "two that failed, each with its wait")

		e.writes.setRefuse(false)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted), HaveField("Status.StopReason", v1alpha1.StopReasonMaxDuration)))
		Expect(e.requests("stop", recording)()).To(Equal(3))
	})

	It("keeps what was learnt though somebody else writes the status meanwhile", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		e.writes.setRefuse(true)
		patch(ctx, recording, wantStopped)
		Eventually(e.simulated(recording)).Should(HaveField("Exited", true))
		Eventually(e.logs).Should(gbytes.Say("The status cannot be written"))
		other := observe(ctx, recording)(Default)
		Expect(k8sClient.Status().Patch(ctx, other, client.RawPatch("application/merge-patch+json",
			[]byte(`{"status":{"fileList":[{"fileName":"somebody-else.m3u8"}]}}`)))).To(Succeed())

		e.writes.setRefuse(false)
		Eventually(observe(ctx, recording)).Should(And(
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason),
			HaveField("Status.FileList", And(
				ContainElement(HaveField("FileName", "somebody-else.m3u8")),
				ContainElement(HaveField("FileName", ContainSubstring(recording.Spec.SID)))))))
		Expect(e.requests("stop", recording)()).To(Equal(1))
	})

	It("goes when it is deleted, with what was learnt in the log", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		recording.Spec.Upload.DeletionTimeout = &metav1.Duration{}
		e.adopt(ctx, recording)
		e.writes.setRefuse(true)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		Eventually(func() error {
			return k8sClient.Get(ctx, client.ObjectKeyFromObject(recording), &v1alpha1.CloudRecording{})
		}).Should(MatchError(apierrors.IsNotFound, "IsNotFound"))
		Expect(e.simulated(recording)()).To(And(HaveField("StopsTaken", 1), HaveField("StopRequests", 1)))
		Eventually(e.logs).Should(gbytes.Say(`Releasing the object.*StopAcknowledged`))
	})

	It("is let go at once by Orphan", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		accept := e.refuseStatuses(ctx, recording)
		defer accept()
		patch(ctx, recording, wantOrphan)
		e.clock.standStill()
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		Eventually(func() error {
			return k8sClient.Get(ctx, client.ObjectKeyFromObject(recording), &v1alpha1.CloudRecording{})
		}).Should(MatchError(apierrors.IsNotFound, "IsNotFound"), "no time passes for the operator, so that it has not given up writing")
		Expect(e.simulated(recording)()).To(HaveField("Running", true))
	})
})

var _ = Describe("a recording whose call may not begin", func() {
	It("is called for again once the process leads for sure", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		leads := &fakeLease{}
		e.leads = leads.holds
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("lesson", nil)
		leads.set(true)
		e.adopt(ctx, recording)
		leads.set(false)
		patch(ctx, recording, wantStopped)
		Consistently(e.requests("stop", recording)).WithTimeout(500 * time.Millisecond).Should(BeZero())
		leads.set(true)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
	})
})
