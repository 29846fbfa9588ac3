// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

func TestTheCacheHoldsWhatIsRead(t *testing.T) {
	g := NewWithT(t)
	large := strings.Repeat("x", 100<<10)
	cached := func(reconcileAt string) *v1alpha1.CloudRecording {
		recording := recordingtest.Adopted(recordingtest.Noon)
		recording.Finalizers = []string{v1alpha1.StopFinalizer, "example.com/keep"}
		recording.Labels = map[string]string{"label": large}
		recording.Annotations = map[string]string{"note": large, v1alpha1.ReconcileAtAnnotation: reconcileAt}
		recording.OwnerReferences = []metav1.OwnerReference{{Name: large}}
		recording.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: large}}
		held, err := Transform(recording)
		g.Expect(err).NotTo(HaveOccurred())
		text, err := json.Marshal(held)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(len(text)).To(BeNumerically("<", 2<<10))
		return recording
	}
	at := func(recording *v1alpha1.CloudRecording) string {
		return recording.Annotations[v1alpha1.ReconcileAtAnnotation]
	}
	short := cached("2026-07-14T12:00:00Z")
	g.Expect(at(short)).To(Equal("2026-07-14T12:00:00Z"))
	g.Expect(at(cached(large))).NotTo(Equal(at(cached(large+"x"))), "another value still counts as another")
	g.Expect(cached("").Annotations).To(HaveKey(v1alpha1.ReconcileAtAnnotation))
}

func TestTheCacheHoldsAllFinalizersOfWhatItHoldsWhole(t *testing.T) {
	g := NewWithT(t)
	recording := recordingtest.Adopted(recordingtest.Noon)
	recording.Finalizers = []string{v1alpha1.StopFinalizer, "example.com/keep"}
	_, err := Transform(recording)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(recording.Finalizers).To(HaveLen(2), "a patch of them states them all")
}
