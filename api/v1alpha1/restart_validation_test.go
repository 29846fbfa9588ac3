// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// alternates sets the user IDs of further sessions.
func alternates(uids ...any) func(manifest) { return set("alternateUids", uids) }

// mergePatch patches an object as kubectl patch --type=merge does.
func mergePatch(ctx context.Context, object *unstructured.Unstructured, change string) error {
	return api.Patch(ctx, object.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(change)))
}

// writeStatus patches the status as the operator does.
func writeStatus(ctx context.Context, object *unstructured.Unstructured, change string) {
	GinkgoHelper()
	Expect(api.Status().Patch(ctx, object.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(change)))).To(Succeed())
}

var _ = Describe("a CloudRecording that is to go on", func() {
	DescribeTable("is refused with a message that says what to do",
		func(ctx context.Context, change func(manifest), message string) {
			err := api.Create(ctx, recording(change))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring(message))
		},
		Entry("by a policy that there is not", all(starting("mix", alternates("2")), set("restartPolicy", "Sometimes")), `supported values: "Never", "OnFailure", "Always"`),
		Entry("after a failure, and that was adopted", set("restartPolicy", "OnFailure"), "spec.restartPolicy can be Always or OnFailure with spec.start only"),
		Entry("after a failure, and has no other user IDs", all(starting("mix"), set("restartPolicy", "OnFailure")), "needs spec.start.alternateUids"),
		Entry("in an empty channel, in a way that there is not", set("onChannelEmpty", "Ignore"), `supported values: "Fail", "Complete"`),
		Entry("and that was adopted", set("restartPolicy", "Always"), "spec.restartPolicy can be Always or OnFailure with spec.start only"),
		Entry("and has no other user IDs", all(starting("mix"), set("restartPolicy", "Always")), "spec.restartPolicy Always or OnFailure needs spec.start.alternateUids"),
		Entry("with its own user ID again", starting("mix", alternates("2", "527841")), "spec.start.alternateUids must not hold spec.uid"),
		Entry("with a user ID above the largest", starting("mix", alternates("4294967296")), "spec.start.alternateUids must hold whole numbers from 1 to 4294967295"),
		Entry("with a user ID of eleven digits", starting("mix", alternates("42949672950")), "spec.start.alternateUids must hold whole numbers from 1 to 4294967295"),
		Entry("with a user ID with leading zeros", starting("mix", alternates("0042")), "spec.start.alternateUids must hold whole numbers"),
		Entry("with a user ID twice", starting("mix", alternates("2", "2")), "Duplicate value"),
		Entry("with an empty list of user IDs", starting("mix", set("alternateUids", []any{})), "spec.start.alternateUids"),
		Entry("beyond its control window, with no other user IDs", starting("mix", set("onExpiry", "StartNext")), "spec.start.onExpiry StartNext needs spec.start.alternateUids"),
		Entry("beyond its control window, in a way that there is not", starting("mix", set("onExpiry", "Continue")), `supported values: "Stop", "StartNext"`),
		Entry("for no time at all", set("maxDuration", "0s"), "spec.maxDuration must be a duration above 0s"),
		Entry("for a negative time", set("maxDuration", "-1h"), "spec.maxDuration must be a duration above 0s"),
		Entry("for a number of days", set("maxDuration", "1d"), "spec.maxDuration must be a duration above 0s"),
	)

	DescribeTable("is accepted",
		func(ctx context.Context, change func(manifest)) {
			Expect(api.Create(ctx, recording(change))).To(Succeed())
		},
		Entry("with other user IDs", all(starting("mix", alternates("1", "4294967295")), set("restartPolicy", "Always"))),
		Entry("after a failure", all(starting("mix", alternates("1")), set("restartPolicy", "OnFailure"))),
		Entry("until its channel is empty", all(starting("mix"), set("onChannelEmpty", "Complete"))),
		Entry("until its channel is empty, and was adopted", set("onChannelEmpty", "Complete")),
		Entry("in mode web", all(starting("web", alternates("2")), set("restartPolicy", "Always"))),
		Entry("beyond its control window", starting("mix", alternates("2"), set("onExpiry", "StartNext"))),
		Entry("not, and with other user IDs for later", starting("mix", alternates("2"))),
		Entry("for a while", all(starting("mix"), set("maxDuration", "1h30m"))),
		Entry("for a while, and was adopted", set("maxDuration", "8h")),
		Entry("not, and was adopted", set("restartPolicy", "Never")),
	)

	It("is neither started again nor beyond its control window by default", func(ctx context.Context) {
		object := recording(starting("mix"))
		Expect(api.Create(ctx, object)).To(Succeed())
		created := &v1alpha1.CloudRecording{}
		Expect(api.Get(ctx, client.ObjectKeyFromObject(object), created)).To(Succeed())
		Expect(created.Spec.RestartPolicy).To(BeEmpty())
		Expect(created.Spec.Start.OnExpiry).To(Equal(v1alpha1.ExpiryPolicyStop))
		Expect(created.Spec.OnChannelEmpty).To(BeEmpty())
		Expect(created.Spec.MaxDuration).To(BeNil())
	})

	DescribeTable("keeps the place of its files once there may be some",
		func(ctx context.Context, status string) {
			object := recording(starting("mix", alternates("2")))
			Expect(api.Create(ctx, object)).To(Succeed())
			Expect(mergePatch(ctx, object, `{"spec":{"storage":{"vendor":2,"region":1,"bucket":"lessons","fileNamePrefix":["a"]}}}`)).
				To(Succeed(), "nothing was started yet")

			writeStatus(ctx, object, status)

			for _, change := range []string{`{"vendor":3}`, `{"region":2}`, `{"bucket":"another"}`, `{"fileNamePrefix":["b"]}`, `{"fileNamePrefix":null}`} {
				Expect(mergePatch(ctx, object, `{"spec":{"storage":`+change+`}}`)).
					To(MatchError(ContainSubstring("vendor, region, bucket and fileNamePrefix of spec.storage cannot be changed once the recording was started")), change)
			}
			Expect(mergePatch(ctx, object, `{"spec":{"storage":{"endpoint":"storage.example.com","readCredentialsSecretRef":{"name":"reader"}}}}`)).To(Succeed())
			Expect(mergePatch(ctx, object, `{"spec":{"restartPolicy":"Always","maxDuration":"2h"}}`)).To(Succeed())
		},
		Entry("while it runs", `{"status":{"startRequestedTime":"2026-05-04T12:00:00Z"}}`),
		Entry("between two sessions", `{"status":{"sessions":[{"sid":"38f8e3cfdc474cd56fc1ceba380d7e1a","phase":"Completed"}]}}`),
	)
})
