// SPDX-License-Identifier: Apache-2.0

package flux_test

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fluxcd/pkg/ssa"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// soon is how long to wait for events that must not happen, and for those that happen at once.
const (
	soon     = time.Second
	patience = time.Minute
)

var _ = Describe("A wait", func() {
	It("is over at once for what is to be recorded next week", func(ctx context.Context) {
		r := newRepository(ctx)
		lesson := within(r.lesson(), 7*24*time.Hour)
		objects := append(r.read("profile.yaml"), lesson, r.read("schedule.yaml")[0])
		r.mustApply(ctx, objects...)
		Expect(r.wait(patience, objects...)).To(Succeed())
		Expect(recording(ctx, lesson)(Default).Status.Phase).To(Equal(v1alpha1.PhaseScheduled))
	})

	It("is over once the recording runs", func(ctx context.Context) {
		r := newRepository(ctx)
		r.mustApply(ctx, r.read("profile.yaml")...)
		lesson := r.lesson()
		r.mustApply(ctx, lesson)
		Expect(r.wait(patience, lesson)).To(Succeed())
		Expect(recording(ctx, lesson)(Default).Status.Phase).To(Equal(v1alpha1.PhaseRecording))
		Expect(r.runs()).To(BeTrue())
	})

	It("is over at once, and starts nothing, for what Git brings back after its window", func(ctx context.Context) {
		r := newRepository(ctx)
		r.mustApply(ctx, r.read("profile.yaml")...)
		lesson := within(r.lesson(), -2*time.Hour)
		r.mustApply(ctx, lesson)
		Expect(r.wait(patience, lesson)).To(Succeed())
		Expect(recording(ctx, lesson)(Default)).To(haveReason(v1alpha1.ReadyCondition, v1alpha1.WindowPassedReason))
		Expect(r.runs()).To(BeFalse())
	})

	It("fails without its time being over where a person must act", func(ctx context.Context) {
		r := newRepository(ctx)
		lesson := r.lesson()
		r.mustApply(ctx, lesson)
		Eventually(recording(ctx, lesson)).Should(haveReason(v1alpha1.StalledCondition, v1alpha1.ProfileNotFoundReason))
		Expect(r.wait(time.Hour, lesson)).To(MatchError(ContainSubstring("Failed")))

		By("applying the profile, too")
		r.mustApply(ctx, r.read("profile.yaml")...)
		Eventually(recording(ctx, lesson)).Should(HaveField("Status.Phase", v1alpha1.PhaseRecording))
		Expect(r.wait(patience, lesson)).To(Succeed())
	})
})

var _ = Describe("A lesson that runs", func() {
	var (
		r      *repository
		lesson *unstructured.Unstructured
	)

	BeforeEach(func(ctx context.Context) {
		r = newRepository(ctx)
		r.mustApply(ctx, r.read("profile.yaml")...)
		lesson = r.lesson()
		r.mustApply(ctx, lesson)
		Expect(r.wait(patience, lesson)).To(Succeed())
	})

	It("is stopped by Git, and waited for until it is uploaded", func(ctx context.Context) {
		set(lesson, "Stopped", "spec", "state")
		Expect(r.mustApply(ctx, lesson)).To(HaveEach(ssa.ConfiguredAction))
		Expect(r.wait(patience, lesson)).To(Succeed())
		Expect(recording(ctx, lesson)(Default)).To(And(
			HaveField("Status.Phase", v1alpha1.PhaseCompleted), haveReason(v1alpha1.ReadyCondition, v1alpha1.UploadedReason)))
		Expect(r.runs()).To(BeFalse())

		By("taking it back, which is refused")
		unstructured.RemoveNestedField(lesson.Object, "spec", "state")
		Expect(r.apply(ctx, lesson)).Error().To(MatchError(ContainSubstring("Stopped")))
	})

	It("is stopped, and then goes, once Git has it no more", func(ctx context.Context) {
		r.prune(ctx, lesson)
		Expect(r.manager.WaitForTermination([]*unstructured.Unstructured{lesson}, ssa.WaitOptions{Interval: 100 * time.Millisecond, Timeout: patience})).To(Succeed())
		Expect(r.runs()).To(BeFalse())
	})

	It("is left as Git has it by what the operator writes", func(ctx context.Context) {
		Expect(recording(ctx, lesson)(Default).Finalizers).To(ContainElement(v1alpha1.StopFinalizer))
		Expect(r.mustApply(ctx, lesson)).To(HaveEach(ssa.UnchangedAction))
	})

	It("keeps what another client has set and Git does not", func(ctx context.Context) {
		patch(ctx, lesson, "timetable", `{"spec":{"maxDuration":"8h"}}`)
		Expect(r.mustApply(ctx, lesson)).To(HaveEach(ssa.UnchangedAction))
		Expect(recording(ctx, lesson)(Default).Spec.MaxDuration).To(HaveField("Duration", 8*time.Hour))
	})

	It("is stopped by another client for good", func(ctx context.Context) {
		patch(ctx, lesson, "timetable", `{"spec":{"state":"Stopped"}}`)
		Expect(r.mustApply(ctx, lesson)).To(HaveEach(ssa.UnchangedAction))
		Expect(r.wait(patience, lesson)).To(Succeed())
		Expect(recording(ctx, lesson)(Default).Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
	})

	It("loses what another client has changed of what Git says", func(ctx context.Context) {
		set(lesson, "2h", "spec", "maxDuration")
		r.mustApply(ctx, lesson)
		patch(ctx, lesson, "timetable", `{"spec":{"maxDuration":"8h"}}`)
		Expect(r.mustApply(ctx, lesson)).To(HaveEach(ssa.ConfiguredAction))
		Expect(recording(ctx, lesson)(Default).Spec.MaxDuration).To(HaveField("Duration", 2*time.Hour))
	})

	It("loses what kubectl has set", func(ctx context.Context) {
		patch(ctx, lesson, "kubectl-patch", `{"spec":{"maxDuration":"8h"}}`)
		Expect(r.mustApply(ctx, lesson)).To(HaveEach(ssa.ConfiguredAction))
		Expect(recording(ctx, lesson)(Default).Spec.MaxDuration).To(BeNil())
	})

	It("stays stopped by kubectl, and has to be stopped in Git too", func(ctx context.Context) {
		patch(ctx, lesson, "kubectl-patch", `{"spec":{"state":"Stopped"}}`)
		Expect(r.apply(ctx, lesson)).Error().To(MatchError(ContainSubstring("Stopped")))
		Eventually(recording(ctx, lesson)).Should(HaveField("Status.Phase", v1alpha1.PhaseCompleted))
		Expect(r.runs()).To(BeFalse())

		set(lesson, "Stopped", "spec", "state")
		Expect(r.apply(ctx, lesson)).Error().NotTo(HaveOccurred())
		Expect(r.wait(patience, lesson)).To(Succeed())
	})

	It("stays stopped by kubectl, and keeps Flux from applying what comes after it", func(ctx context.Context) {
		next := r.next()
		patch(ctx, lesson, "kubectl-patch", `{"spec":{"state":"Stopped"}}`)
		Expect(r.apply(ctx, lesson, next)).Error().To(MatchError(ContainSubstring("Stopped")))
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(next), next.DeepCopy())).To(Satisfy(apierrors.IsNotFound))
	})

	It("stays stopped by kubectl, and is in nobody's way where Flux leaves what kubectl has set", func(ctx context.Context) {
		next := r.next()
		lesson.SetAnnotations(map[string]string{"kustomize.toolkit.fluxcd.io/ssa": "Merge"})
		r.mustApply(ctx, lesson)
		patch(ctx, lesson, "kubectl-patch", `{"spec":{"state":"Stopped"}}`)
		Expect(r.mustApply(ctx, lesson, next)).To(And(
			HaveKeyWithValue(lesson.GetName(), ssa.UnchangedAction), HaveKeyWithValue(next.GetName(), ssa.CreatedAction)))
		Expect(r.wait(patience, lesson, next)).To(Succeed())
		Expect(recording(ctx, lesson)(Default).Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
		Expect(recording(ctx, next)(Default).Status.Phase).To(Equal(v1alpha1.PhaseRecording))
	})
})

var _ = Describe("A lesson whose files are in Agora's backup", func() {
	var (
		r      *repository
		lesson *unstructured.Unstructured
	)

	BeforeEach(func(ctx context.Context) {
		r = newRepository(ctx)
		r.channel = intoBackup + r.namespace
		r.mustApply(ctx, r.read("profile.yaml")...)
		lesson = r.lesson()
		r.mustApply(ctx, lesson)
		Expect(r.wait(patience, lesson)).To(Succeed())
	})

	It("is stopped by Git, and waited for in vain", func(ctx context.Context) {
		set(lesson, "Stopped", "spec", "state")
		r.mustApply(ctx, lesson)
		Eventually(recording(ctx, lesson)).Should(HaveField("Status.Phase", v1alpha1.PhaseUploading))
		Expect(r.runs()).To(BeFalse())
		Expect(r.wait(soon, lesson)).To(MatchError(ContainSubstring("InProgress")))
	})

	It("is stopped once Git has it no more, and stays until its upload is confirmed", func(ctx context.Context) {
		r.prune(ctx, lesson)
		Eventually(recording(ctx, lesson)).Should(HaveField("Status.Phase", v1alpha1.PhaseUploading))
		Expect(r.runs()).To(BeFalse())
		Expect(r.wait(soon, lesson)).To(MatchError(ContainSubstring("Terminating")))
	})
})

var _ = Describe("The samples", func() {
	It("do not drift from Git, whatever the operator and the API server write", func(ctx context.Context) {
		files, err := filepath.Glob(filepath.Join(samples, "*.yaml"))
		Expect(err).NotTo(HaveOccurred())
		adopted, err := filepath.Glob(filepath.Join(samples, "adopted", "*.yaml"))
		Expect(err).NotTo(HaveOccurred())
		r := newRepository(ctx)
		for _, file := range append(files, adopted...) {
			name, err := filepath.Rel(samples, file)
			Expect(err).NotTo(HaveOccurred())
			if base := filepath.Base(name); base == "kustomization.yaml" || base == "profiles-required.yaml" || base == "secrets.yaml" {
				continue
			}
			for _, object := range r.read(name) {
				By(name)
				r.mustApply(ctx, object)
				Eventually(observed(ctx, object)).Should(BeEquivalentTo(1))
				Expect(r.mustApply(ctx, object)).To(HaveEach(ssa.UnchangedAction))
			}
		}
	})
})

// observed returns the observed generation in the status of an object.
func observed(ctx context.Context, object *unstructured.Unstructured) func(Gomega) int64 {
	return func(g Gomega) int64 {
		current := object.DeepCopy()
		g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(object), current)).To(Succeed())
		generation, _, err := unstructured.NestedInt64(current.Object, "status", "observedGeneration")
		g.Expect(err).NotTo(HaveOccurred())
		return generation
	}
}
