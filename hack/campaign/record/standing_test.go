// SPDX-License-Identifier: Apache-2.0

package record

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

var _ = Describe("A standing", func() {
	ready := func(reason string) func(*v1alpha1.CloudRecording) {
		return func(r *v1alpha1.CloudRecording) {
			r.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionTrue, Reason: reason}}
		}
	}

	DescribeTable("reads an object", func(change func(*v1alpha1.CloudRecording), expected state) {
		Expect(standingFrom(change).State).To(Equal(expected))
	},
		Entry("without conditions", func(*v1alpha1.CloudRecording) {}, AtWork),
		Entry("that is ready", ready(v1alpha1.UploadedReason), AsWanted),
		Entry("that is ready by an older spec", func(r *v1alpha1.CloudRecording) {
			ready(v1alpha1.RecordingReason)(r)
			r.Generation = 2
		}, AtWork),
		Entry("that is ready, and is being deleted", func(r *v1alpha1.CloudRecording) {
			ready(v1alpha1.UploadedReason)(r)
			r.DeletionTimestamp = &metav1.Time{}
			r.DeletionTimestamp.Time = r.DeletionTimestamp.AddDate(1, 0, 0)
		}, AtWork),
		Entry("that is stalled", func(r *v1alpha1.CloudRecording) {
			r.Status.Conditions = []metav1.Condition{
				{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse}, {Type: v1alpha1.StalledCondition, Status: metav1.ConditionTrue},
			}
		}, AsksPerson),
	)
})

func standingFrom(change func(*v1alpha1.CloudRecording)) Standing {
	recording := &v1alpha1.CloudRecording{}
	change(recording)
	return StandingOf(recording)
}
