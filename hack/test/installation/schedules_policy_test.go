// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// newOccurrence returns a recording as a schedule creates it.
func newOccurrence(namespace string, start time.Time) *v1alpha1.CloudRecording {
	spec := newSchedule(namespace).Spec.Template.Spec
	spec.Window = &v1alpha1.RecordingWindow{Start: &metav1.Time{Time: start}, End: &metav1.Time{Time: start.Add(time.Hour)}}
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: "math-" + start.Format("200601021504"),
			Labels: map[string]string{v1alpha1.ScheduleLabel: "math"}, Annotations: map[string]string{v1alpha1.ScheduleUIDAnnotation: "uid"},
		},
		Spec: spec,
	}
}

var nine = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// TestOperatorCreatesOnlyWhatSchedulesMake creates recordings with the operator's account.
func TestOperatorCreatesOnlyWhatSchedulesMake(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	ns := newNamespace(t)
	for name, change := range map[string]func(*v1alpha1.CloudRecording){
		"no label":      func(r *v1alpha1.CloudRecording) { r.Labels = nil },
		"another name":  func(r *v1alpha1.CloudRecording) { r.Name = "lesson" },
		"no annotation": func(r *v1alpha1.CloudRecording) { r.Annotations = nil },
		"no window":     func(r *v1alpha1.CloudRecording) { r.Spec.Window = nil },
		"no end":        func(r *v1alpha1.CloudRecording) { r.Spec.Window.End = nil },
		"what runs":     func(r *v1alpha1.CloudRecording) { r.Spec.ResourceID, r.Spec.SID, r.Spec.Window.Start = "a", "b", nil },
		"a finalizer":   func(r *v1alpha1.CloudRecording) { r.Finalizers = []string{foreignFinalizer} },
		"an owner":      func(r *v1alpha1.CloudRecording) { r.OwnerReferences = owners() },
	} {
		recording := newOccurrence(ns, nine)
		change(recording)
		// A policy takes effect a moment after it was written.
		g.Eventually(func() error { return operator.Create(t.Context(), recording.DeepCopy(), client.DryRunAll) }).WithTimeout(policyTimeout).Should(And(
			MatchError(apierrors.IsForbidden, "forbidden"), MatchError(ContainSubstring("the cloud recording operator must not create a recording"))), name)
	}
	owned := newOccurrence(ns, nine.Add(time.Hour))
	owned.OwnerReferences = []metav1.OwnerReference{{APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudRecordingSchedule", Name: "math", UID: "uid"}}
	g.Expect(operator.Create(t.Context(), owned)).To(Succeed())
	g.Expect(operator.Create(t.Context(), newOccurrence(ns, nine))).To(Succeed())
	users := newOccurrence(ns, nine.Add(2*time.Hour))
	users.Labels, users.Annotations = nil, nil
	g.Expect(installed.admin.Create(t.Context(), users)).To(Succeed(), "people may create what they like")
}

// TestOperatorEndsOnlyWhatSchedulesMake moves the end of recordings with the operator's
// account.
func TestOperatorEndsOnlyWhatSchedulesMake(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	ns := newNamespace(t)
	made, users := newOccurrence(ns, nine), newOccurrence(ns, nine.Add(time.Hour))
	users.Labels, users.Annotations = nil, nil
	g.Expect(installed.admin.Create(t.Context(), made)).To(Succeed())
	g.Expect(installed.admin.Create(t.Context(), users)).To(Succeed())
	end := func(at time.Time) client.Patch {
		return client.RawPatch("application/merge-patch+json", fmt.Appendf(nil, `{"spec":{"window":{"end":%q}}}`, at.Format(time.RFC3339)))
	}
	refused := And(MatchError(apierrors.IsForbidden, "forbidden"), MatchError(ContainSubstring("must not change anything of a recording but")))
	try := func(recording *v1alpha1.CloudRecording, patch client.Patch) func() error {
		return func() error { return operator.Patch(t.Context(), recording.DeepCopy(), patch, client.DryRunAll) }
	}
	g.Eventually(try(users, end(nine.Add(90*time.Minute)))).WithTimeout(policyTimeout).Should(refused)
	g.Eventually(try(made, end(nine.Add(2*time.Hour)))).WithTimeout(policyTimeout).Should(refused, "later than it was")
	other := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"state":"Stopped","window":{"end":"2026-12-01T09:30:00Z"}}}`))
	g.Eventually(try(made, other)).WithTimeout(policyTimeout).Should(refused, "with something else")
	g.Expect(operator.Patch(t.Context(), made.DeepCopy(), end(nine.Add(30*time.Minute)))).To(Succeed())

	// The order matters, because a window must not be empty.
	for _, edit := range []string{`{"spec":{"window":{"end":null}}}`, `{"spec":{"window":null}}`} {
		g.Expect(installed.admin.Patch(t.Context(), made, client.RawPatch("application/merge-patch+json", []byte(edit)))).To(Succeed())
		g.Expect(try(made, end(nine.Add(30*time.Minute)))()).To(Succeed(), edit)
		g.Expect(try(made, other)()).To(refused, edit)
	}
}

// TestOperatorDeletesWhatSchedulesMake deletes recordings that have not begun and recordings
// that are over with the operator's account.
func TestOperatorDeletesWhatSchedulesMake(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	ns := newNamespace(t)
	created := func(hours int, change func(*v1alpha1.CloudRecordingStatus)) *v1alpha1.CloudRecording {
		recording := newOccurrence(ns, nine.Add(time.Duration(hours)*time.Hour))
		g.Expect(installed.admin.Create(t.Context(), recording)).To(Succeed())
		change(&recording.Status)
		g.Expect(installed.admin.Status().Update(t.Context(), recording)).To(Succeed())
		return recording
	}
	phase := func(phase v1alpha1.RecordingPhase) func(*v1alpha1.CloudRecordingStatus) {
		return func(s *v1alpha1.CloudRecordingStatus) {
			s.Phase, s.ResourceID, s.StartRequestedTime = phase, "resource", &metav1.Time{Time: nine}
		}
	}
	for _, stays := range []*v1alpha1.CloudRecording{
		created(0, phase(v1alpha1.PhaseRecording)), created(1, phase(v1alpha1.PhaseUploading)),
		created(2, func(s *v1alpha1.CloudRecordingStatus) { s.ResourceID = "resource" }),
	} {
		g.Eventually(func() error { return operator.Delete(t.Context(), stays, client.DryRunAll) }).WithTimeout(policyTimeout).Should(And(
			MatchError(apierrors.IsForbidden, "forbidden"), MatchError(ContainSubstring("must not delete a recording but one"))))
	}
	for _, goes := range []*v1alpha1.CloudRecording{
		created(3, func(*v1alpha1.CloudRecordingStatus) {}), created(4, phase(v1alpha1.PhaseCompleted)), created(5, phase(v1alpha1.PhaseFailed)),
	} {
		g.Expect(operator.Delete(t.Context(), goes)).To(Succeed())
	}
}
