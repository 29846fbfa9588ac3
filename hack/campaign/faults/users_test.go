// SPDX-License-Identifier: Apache-2.0

package faults

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/testenv"
)

var _ = Describe("Whoever mends a profile", Ordered, func() {
	var (
		people    users
		recording plan.Recording
		profile   *v1alpha1.CloudRecordingProfile
	)

	BeforeAll(func(ctx SpecContext) {
		started, err := testenv.Start(ctx, testenv.Options{WithoutOperator: true})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() error { return started.Run() })
		people = users{kube: started.Client}
		recording = profiled()
		recording.Place.Secret.Namespace = "default"
		profile = recording.Profile(&v1alpha1.StorageSpec{Vendor: 1, Bucket: "recordings"})
	})

	BeforeEach(func(ctx SpecContext) { Expect(people.create(ctx, profile)).To(Succeed()) })

	DescribeTable("makes it as it was", func(ctx SpecContext, how plan.Variant) {
		shown := recording.ProfileReference()
		Expect(people.kube.Get(ctx, client.ObjectKeyFromObject(shown), shown)).To(Succeed())
		before := shown.Spec
		Expect(people.changeProfile(ctx, plan.Action{Recording: recording, How: how})).To(Succeed())
		shown = recording.ProfileReference()
		err := people.kube.Get(ctx, client.ObjectKeyFromObject(shown), shown)
		Expect(apierrors.IsNotFound(err) || shown.Spec.Start == nil).To(BeTrue())

		Expect(people.putProfile(ctx, profile)).To(Succeed())
		shown = recording.ProfileReference()
		Expect(people.kube.Get(ctx, client.ObjectKeyFromObject(shown), shown)).To(Succeed())
		Expect(shown.Spec).To(Equal(before))
		Expect(shown.Spec.Start).NotTo(BeNil())
	},
		Entry("after an edit", plan.ProfileEdited),
		Entry("after it was deleted", plan.ProfileDeleted),
	)
})

// profiled returns a planned recording with a profile.
func profiled() plan.Recording {
	for _, recording := range plan.New(plan.Options{Seed: 7, Recordings: 40}).Recordings {
		if recording.Profiled {
			return recording
		}
	}
	Fail("No planned recording has a profile.")
	return plan.Recording{}
}
