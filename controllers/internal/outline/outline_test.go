// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/outline/outlinetest"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// completedRecording returns a recording for which nothing is left to do.
func completedRecording() *v1alpha1.CloudRecording {
	recording := recordingtest.Adopted(recordingtest.Noon)
	recording.Finalizers = []string{v1alpha1.StopFinalizer, "example.com/keep"}
	recording.Generation = 2
	recording.Spec.State = v1alpha1.RecordingStateStopped
	recording.Status = v1alpha1.CloudRecordingStatus{ObservedGeneration: 2}
	recording.Status.Phase = v1alpha1.PhaseCompleted
	recording.Status.ResourceID, recording.Status.SID = recording.Spec.ResourceID, recording.Spec.SID
	recording.Status.FileList = []v1alpha1.RecordedFile{{FileName: "a.m3u8"}}
	for conditionType, reason := range map[string]string{
		v1alpha1.ReadyCondition: v1alpha1.UploadedReason, v1alpha1.StoppedCondition: v1alpha1.StopAcknowledgedReason,
		v1alpha1.UploadedCondition: v1alpha1.ReportedByAgoraReason,
	} {
		meta.SetStatusCondition(&recording.Status.Conditions, metav1.Condition{Type: conditionType, Status: metav1.ConditionTrue, Reason: reason})
	}
	recording.Status.StoppedReason, recording.Status.UploadedReason = v1alpha1.StopAcknowledgedReason, v1alpha1.ReportedByAgoraReason
	return recording
}

// outlined returns what the cache keeps of a recording.
func outlined(g Gomega, recording *v1alpha1.CloudRecording) *v1alpha1.CloudRecording {
	held, err := Transform(recording.DeepCopy())
	g.Expect(err).NotTo(HaveOccurred())
	held, err = Transform(held)
	g.Expect(err).NotTo(HaveOccurred(), "what is listed passes twice")
	outline, ok := held.(*v1alpha1.CloudRecording)
	g.Expect(ok).To(BeTrue())
	return outline
}

func TestOutlineOfWhatIsAtRest(t *testing.T) {
	g := NewWithT(t)
	recording := completedRecording()
	outline := outlined(g, recording)
	g.Expect(IsOutlineAtRest(outline)).To(BeTrue())
	g.Expect(outlinetest.Indexed(outline)).To(Equal(outlinetest.Indexed(recording)))
	g.Expect(memorySize(outline)).To(BeNumerically("<", 1500))

	recording.Annotations = map[string]string{v1alpha1.ReconcileAtAnnotation: "now", "example.com/note": "x"}
	outline = outlined(g, recording)
	g.Expect(IsOutlineAtRest(outline)).To(BeTrue())
	g.Expect(outlinetest.Indexed(outline)).To(Equal(outlinetest.Indexed(recording)))

	recording.Status.Sessions = []v1alpha1.SessionStatus{{SID: "before", Phase: v1alpha1.PhaseCompleted, FileList: recording.Status.FileList}}
	g.Expect(outlinetest.Indexed(outlined(g, recording))).To(Equal(outlinetest.Indexed(recording)))
}

// TestOutlinesTakeThePlacesOfWhatRuns states that an outline has as many open sessions as
// its recording.
func TestOutlinesTakeThePlacesOfWhatRuns(t *testing.T) {
	ended := v1alpha1.SessionStatus{SID: "before", Phase: v1alpha1.PhaseCompleted, StoppedReason: v1alpha1.RecordingEndedReason}
	atRest := completedRecording()
	atRest.Status.Sessions = []v1alpha1.SessionStatus{ended}
	large := recordingtest.Adopted(recordingtest.Noon)
	large.Status.SID, large.Status.Phase = large.Spec.SID, v1alpha1.PhaseRecording
	large.Status.Sessions = []v1alpha1.SessionStatus{ended, {SID: "still", Phase: v1alpha1.PhaseStopping}}
	for range 100 {
		large.Status.FileList = append(large.Status.FileList, v1alpha1.RecordedFile{FileName: strings.Repeat("a", 512)})
	}
	for name, recording := range map[string]*v1alpha1.CloudRecording{"at rest": atRest, "large": large} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			outline := outlined(g, recording)
			g.Expect(IsOutline(outline)).To(BeTrue())
			g.Expect(lifecycle.OpenSessions(&outline.Status)).To(Equal(lifecycle.OpenSessions(&recording.Status)))
		})
	}
}

func TestOutlineOnlyOfWhatIsAtRest(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.CloudRecording){
		"edited":       func(r *v1alpha1.CloudRecording) { r.Generation++ },
		"deleted":      func(r *v1alpha1.CloudRecording) { r.DeletionTimestamp = &metav1.Time{Time: recordingtest.Noon} },
		"not held":     func(r *v1alpha1.CloudRecording) { r.Finalizers = nil },
		"not uploaded": func(r *v1alpha1.CloudRecording) { r.Status.Phase = v1alpha1.PhaseUploading },
		"not ready": func(r *v1alpha1.CloudRecording) {
			meta.RemoveStatusCondition(&r.Status.Conditions, v1alpha1.ReadyCondition)
		},
		"not stopped": func(r *v1alpha1.CloudRecording) {
			meta.RemoveStatusCondition(&r.Status.Conditions, v1alpha1.StoppedCondition)
		},
		"with storage": func(r *v1alpha1.CloudRecording) {
			r.Spec.Storage = &v1alpha1.StorageSpec{Vendor: 1, Bucket: "b", ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: "bucket"}}
		},
		"with open sessions": func(r *v1alpha1.CloudRecording) {
			r.Status.Sessions = []v1alpha1.SessionStatus{{SID: "before", Phase: v1alpha1.PhaseUploading}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			recording := completedRecording()
			change(recording)
			g.Expect(IsOutline(outlined(g, recording))).To(BeFalse())
		})
	}
}

func TestOutlineOfWhatIsLarge(t *testing.T) {
	large := strings.Repeat("x", 300)
	started := func() *v1alpha1.CloudRecording {
		recording := recordingtest.Adopted(recordingtest.Noon)
		recording.Spec.Start = &v1alpha1.StartSpec{
			TokenSecretRef: &v1alpha1.TokenSecretReference{Name: "token"},
			RecordingConfig: &v1alpha1.RecordingConfig{
				DecryptionMode: 7, DecryptionSecretRef: &v1alpha1.DecryptionSecretReference{Name: "decryption"}, PrivateParams: large,
				TranscodingConfig: &v1alpha1.TranscodingConfig{LayoutConfig: make([]v1alpha1.LayoutConfig, 17)},
			},
			ExtensionServiceConfig: &v1alpha1.ExtensionServiceConfig{ExtensionServices: []v1alpha1.ExtensionService{
				{ServiceName: "rtmp_publish_service", ServiceParam: v1alpha1.ExtensionServiceParam{URL: large, Outputs: []v1alpha1.RTMPOutput{
					{RTMPURLSecretRef: v1alpha1.RTMPURLSecretReference{Name: "address"}},
				}}},
			}},
			RawParameters: slices.Repeat([]v1alpha1.RawParameter{{Name: "recordingConfig.x", Value: large}}, 100),
		}
		recording.Spec.Storage = &v1alpha1.StorageSpec{Vendor: 1, Bucket: "b", CredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: "bucket"}}
		recording.Spec.ResourceID, recording.Spec.SID = "", ""
		recording.Annotations = map[string]string{v1alpha1.ReconcileAtAnnotation: "now"}
		return recording
	}
	filled := func(change func(*v1alpha1.CloudRecordingStatus)) *v1alpha1.CloudRecording {
		recording := started()
		recording.Spec.RestartPolicy = v1alpha1.RestartPolicyOnFailure
		for i := range 100 {
			session := recordingtest.FullSession(fmt.Sprint("before-", i), "x", 400)
			if i > 0 {
				session.Phase = v1alpha1.PhaseCompleted
			}
			recording.Status.Sessions = append(recording.Status.Sessions, session)
		}
		recording.Status.SessionStatus = recordingtest.FullSession("sid", "x", 400)
		change(&recording.Status)
		return recording
	}
	for name, recording := range map[string]*v1alpha1.CloudRecording{
		"wanted": started(),
		"lost": filled(func(s *v1alpha1.CloudRecordingStatus) {
			s.SID, s.StartRequestedTime = "", &metav1.Time{Time: recordingtest.Noon}
		}),
		"in doubt": filled(func(s *v1alpha1.CloudRecordingStatus) {
			s.ServiceStatus, s.StartRequestedTime = nil, &metav1.Time{Time: recordingtest.Noon.Add(time.Hour)}
		}),
		"running":       filled(func(*v1alpha1.CloudRecordingStatus) {}),
		"to be stopped": filled(func(s *v1alpha1.CloudRecordingStatus) { s.StopReason = v1alpha1.StopReasonMaxDuration }),
		"ended": filled(func(s *v1alpha1.CloudRecordingStatus) {
			s.StoppedReason, s.Exit, s.Notified, s.ServiceStatus = v1alpha1.RecordingEndedReason, nil, nil, nil
			s.Phase, s.Sessions[0].Phase = v1alpha1.PhaseCompleted, v1alpha1.PhaseCompleted
		}),
		"finished": filled(func(s *v1alpha1.CloudRecordingStatus) { s.Phase = v1alpha1.PhaseCompleted }),
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(memorySize(recording)).To(BeNumerically(">", LargeBytes))
			outline := outlined(g, recording)
			g.Expect(LargeSize(outline)).To(BeNumerically("~", memorySize(recording), 1))
			g.Expect(outlinetest.Indexed(outline)).To(Equal(outlinetest.Indexed(recording)))
			g.Expect(memorySize(outline)).To(BeNumerically("<", 64<<10))
		})
	}
}

func TestMemorySizeCountsWhatIsReferredTo(t *testing.T) {
	g := NewWithT(t)
	recording := &v1alpha1.CloudRecording{}
	empty := memorySize(recording)
	recording.Spec.CName = strings.Repeat("é", 50)
	g.Expect(memorySize(recording)).To(Equal(empty+100), "bytes, not characters")
	recording.Status.FileList = make([]v1alpha1.RecordedFile, 10)
	recording.Status.FileList[9].FileName = "12345"
	g.Expect(memorySize(recording)).To(BeNumerically(">", empty+100+10*60))
}

// TestOutlinesNameEverySecret makes sure that whoever adds a field that names a Secret
// keeps it in outlines. Otherwise the Secret would be let go while a recording needs it.
func TestOutlinesNameEverySecret(t *testing.T) {
	g := NewWithT(t)
	recording, _ := recordingtest.NamingEverySecret()
	recording.Spec.Start.RawParameters = slices.Repeat([]v1alpha1.RawParameter{{Name: "newMember", Value: strings.Repeat("x", 4000)}}, 16)
	outline := outlined(g, recording)
	g.Expect(IsOutline(outline)).To(BeTrue())
	g.Expect(clientrequest.NeededSecrets(outline)).To(Equal(clientrequest.NeededSecrets(recording)))
	g.Expect(clientrequest.HeldSecrets(outline)).To(Equal(clientrequest.HeldSecrets(recording)))
}
