// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

func TestSecretsThatARecordingHolds(t *testing.T) {
	requested := func(r *v1alpha1.CloudRecording) { r.Status.StartRequestedTime = &metav1.Time{Time: recordingtest.Noon} }
	acquired := func(r *v1alpha1.CloudRecording) { r.Status.ResourceID = "resource" }
	started := func(r *v1alpha1.CloudRecording) { requested(r); r.Status.SID = "sid" }
	completed := func(r *v1alpha1.CloudRecording) {
		started(r)
		r.Status.Phase, r.Status.StoppedReason = v1alpha1.PhaseCompleted, v1alpha1.StopAcknowledgedReason
		r.Status.UploadedReason = v1alpha1.NoRecordedDataReason
	}
	tests := []struct {
		name         string
		change       func(*v1alpha1.CloudRecording)
		held, wakeUp []string
	}{
		{"to be started", func(*v1alpha1.CloudRecording) {}, []string{"agora", "bucket"}, []string{"address", "secret", "token"}},
		{"may have been started", requested, []string{"agora", "token", "secret", "bucket"}, []string{"address"}},
		{"was refused for a moment", acquired, []string{"agora", "token", "secret", "bucket"}, []string{"address"}},
		{"started", started, []string{"agora", "bucket"}, []string{"address"}},
		{"completed", completed, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			recording := recordingtest.ToStart(func(s *v1alpha1.CloudRecordingSpec) {
				s.CredentialsSecretRef.Name = "agora"
				s.Start.TokenSecretRef = &v1alpha1.TokenSecretReference{Name: "token"}
				s.Start.RecordingConfig.DecryptionSecretRef = &v1alpha1.DecryptionSecretReference{Name: "secret"}
				s.Storage.CredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: "bucket"}
				s.Start.ExtensionServiceConfig = &v1alpha1.ExtensionServiceConfig{ExtensionServices: []v1alpha1.ExtensionService{{
					ServiceParam: v1alpha1.ExtensionServiceParam{
						Outputs: []v1alpha1.RTMPOutput{{RTMPURLSecretRef: v1alpha1.RTMPURLSecretReference{Name: "address"}}},
					},
				}}}
			})
			test.change(recording)
			g.Expect(HeldSecrets(recording)).To(ConsistOf(test.held))
			g.Expect(NeededSecrets(recording)).To(ConsistOf(append(test.held, test.wakeUp...)))
		})
	}
}

// TestEverySecretThatIsNamedIsNeeded makes sure that whoever adds a field that names a
// Secret has the recording wait for the Secret and hold it.
func TestEverySecretThatIsNamedIsNeeded(t *testing.T) {
	g := NewWithT(t)
	recording, names := recordingtest.NamingEverySecret()
	g.Expect(len(names)).To(BeNumerically(">", 5))
	recording.Status.StartRequestedTime = &metav1.Time{Time: recordingtest.Noon}
	g.Expect(NeededSecrets(recording)).To(ConsistOf(names))
	// The API server cannot find the recordings that name a Secret in a list.
	held := slices.DeleteFunc(names, func(name string) bool { return strings.Contains(name, "[]") })
	g.Expect(HeldSecrets(recording)).To(ConsistOf(held))
}
