// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

func TestDecideNamesTheTokenThatAgoraRefuses(t *testing.T) {
	withToken := func(s *situation) {
		s.recording.Spec.Start.TokenSecretRef = &v1alpha1.TokenSecretReference{Name: "channel-token"}
	}
	withCertificate := func(s *situation) {
		s.recording.Spec.Start.AppCertificateSecretRef = &v1alpha1.AppCertificateSecretReference{Name: "project"}
	}
	refused := func(method agora.Method, code int32) modifier {
		return answeredTo(method, agora.TokenRejected, func(a *agora.Answer) { a.HTTPStatus, a.Code = 400, code })
	}
	const expired, wrong = "It has expired.", "It was made for another channel, uid or App ID"
	tests := []struct {
		name  string
		given []modifier
		says  []string
	}{
		{"expired, to start", []modifier{startRequestedAgo(0), withToken, refused(agora.MethodStart, 109)},
			[]string{expired, `Secret "channel-token", which spec.start.tokenSecretRef names`, "Put another one there: the operator goes on at once.", "(start: HTTP status 400, code 109)"}},
		{"wrong, to start", []modifier{startRequestedAgo(0), withToken, refused(agora.MethodStart, 110)},
			[]string{wrong, `Secret "channel-token"`, "Put another one there"}},
		{"none, to start", []modifier{startRequestedAgo(0), refused(agora.MethodStart, 110)},
			[]string{wrong, "spec.start names no Secret with a token or an App Certificate.", `into the key appCertificate of Secret "agora", which spec.credentialsSecretRef names: the operator goes on at once.`}},
		{"minted, to start", []modifier{startRequestedAgo(0), withCertificate, refused(agora.MethodStart, 110)},
			[]string{wrong, `minted from the App Certificate in Secret "project"`, "Put a certificate of the project into its key appCertificate: the operator goes on at once."}},
		{"expired, asked", []modifier{startedAgo(10 * time.Minute), withToken, refused(agora.MethodQuery, 109)},
			[]string{expired, `Secret "channel-token"`, "cannot be given another one", "(query: HTTP status 400, code 109)"}},
		{"wrong, asked of one that was adopted", []modifier{refused(agora.MethodQuery, 110)},
			[]string{wrong, "It is the one that the recording was started with.", "cannot be given another one"}},
		{"expired, to stop one that was adopted", []modifier{stopRequested, refused(agora.MethodStop, 109)},
			[]string{expired, "It is the one that the recording was started with.", "goes on trying to stop", "may still be running and billed"}},
		{"expired, to stop", []modifier{startedAgo(10 * time.Minute), withToken, stopRequested, refused(agora.MethodStop, 109)},
			[]string{expired, `Secret "channel-token"`, "goes on trying to stop", "may still be running and billed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			decided := given(test.given...).decide()
			ready := meta.FindStatusCondition(decided.Status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(ready).NotTo(BeNil())
			g.Expect(ready.Reason).To(Equal(v1alpha1.TokenRejectedReason))
			for _, text := range test.says {
				g.Expect(ready.Message).To(ContainSubstring(text))
			}
			g.Expect(meta.IsStatusConditionTrue(decided.Status.Conditions, v1alpha1.StalledCondition)).To(BeTrue())
			g.Expect(decided.Status.StoppedTime).To(BeNil())
			g.Expect(decided.RequeueAt).NotTo(BeZero())
		})
	}
}

// TestDecideStopsInSpiteOfARefusedToken follows a stop that is answered by 109 again and
// again.
func TestDecideStopsInSpiteOfARefusedToken(t *testing.T) {
	g := NewWithT(t)
	s := given(stopRequested)
	for range 20 {
		answered(stopAnswer(400, 109, agora.TokenRejected, agora.Report{}))(&s)
		d := s.decide()
		g.Expect(d.Status.StoppedTime).To(BeNil())
		g.Expect(d.RequeueAt.Sub(s.observed.Now)).To(BeNumerically("<=", time.Minute))
		s.recording.Status, s.observed.Memory = d.Status, d.Memory
		s.observed.Now, s.observed.Answer = d.RequeueAt, nil
		d = s.decide()
		g.Expect(d.Action).To(Equal(ActionStop))
		s.recording.Status, s.observed.Memory = d.Status, d.Memory
	}
	answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded}))(&s)
	d := s.decide()
	g.Expect(d.Status.StoppedReason).To(Equal(v1alpha1.StopAcknowledgedReason))
	g.Expect(d.Status.LastError).To(BeNil())
}

func TestDecideSaysWhatToDoWhereCloudRecordingIsNotEnabled(t *testing.T) {
	g := NewWithT(t)
	s := given(toStart, answeredTo(agora.MethodAcquire, agora.NotEnabled, func(a *agora.Answer) { a.HTTPStatus, a.Code = 400, 62 }))
	d := s.decide()
	ready := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition)
	g.Expect(ready.Message).To(And(
		ContainSubstring("Cloud recording is not enabled for the App ID "+s.recording.Spec.AppID+" (acquire: HTTP status 400, code 62)"),
		ContainSubstring("enable it for that project in the Agora Console")))
	g.Expect(d.RequeueAt.Sub(recordingtest.Noon)).To(Equal(slowRetry))
	g.Expect(d.Status.ResourceID).To(BeEmpty())
}
