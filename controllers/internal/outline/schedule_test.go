// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// managed returns an entry that says who set which fields, at a time after noon.
func managed(after time.Duration, subresource, fields string) metav1.ManagedFieldsEntry {
	return metav1.ManagedFieldsEntry{
		Manager: "kubectl", Subresource: subresource, Time: &metav1.Time{Time: recordingtest.Noon.Add(after)}, FieldsV1: metav1.NewFieldsV1(fields),
	}
}

func TestTheCacheKnowsWhenAScheduleWasEdited(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	schedule := &v1alpha1.CloudRecordingSchedule{ObjectMeta: metav1.ObjectMeta{
		Name: "math", Labels: map[string]string{"shard": "even"},
		Annotations: map[string]string{v1alpha1.ReconcileAtAnnotation: "now", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
		ManagedFields: []metav1.ManagedFieldsEntry{
			managed(time.Minute, "", `{"f:spec":{"f:schedules":{}}}`),
			managed(2*time.Minute, "", `{"f:spec":{"f:suspend":{}}}`),
			managed(3*time.Minute, "", `{"f:metadata":{"f:annotations":{}}}`),
			managed(4*time.Minute, "status", `{"f:status":{},"f:spec":{}}`),
			{Manager: "nobody"},
		},
	}}
	for range 2 {
		_, err := Transform(schedule)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(SpecEditedAt(schedule)).To(Equal(recordingtest.Noon.Add(2*time.Minute)), "what is listed passes twice")
	}
	g.Expect(schedule.ManagedFields).To(HaveLen(1))
	g.Expect(schedule.Annotations).To(Equal(map[string]string{v1alpha1.ReconcileAtAnnotation: "now"}))
	g.Expect(schedule.Labels).To(HaveKey("shard"), "by which its operator knows it")
	g.Expect(SpecEditedAt(&v1alpha1.CloudRecordingSchedule{})).To(BeZero())
}

// TestOutlinesNameTheirSchedule states that schedules find their recordings in the cache.
func TestOutlinesNameTheirSchedule(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recording := completedRecording()
	recording.Labels = map[string]string{v1alpha1.ScheduleLabel: "math", "class": "7b"}
	recording.Annotations = map[string]string{v1alpha1.ScheduleUIDAnnotation: "uid", v1alpha1.TemplateDigestAnnotation: "digest", "note": "x"}
	outline := outlined(g, recording)
	g.Expect(IsOutlineAtRest(outline)).To(BeTrue())
	g.Expect(outline.Labels).To(Equal(map[string]string{v1alpha1.ScheduleLabel: "math"}))
	g.Expect(outline.Annotations).To(Equal(map[string]string{v1alpha1.ScheduleUIDAnnotation: "uid", v1alpha1.TemplateDigestAnnotation: "digest"}))
}
