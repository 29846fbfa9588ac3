// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/internal/usererror"
)

const certificate = "fedcba9876543210fedcba9876543210"

// minting returns a recording with a resource ID whose token is minted.
func minting() *v1alpha1.CloudRecording {
	recording := recordingtest.ToStart(func(s *v1alpha1.CloudRecordingSpec) {
		s.AppID, s.CName, s.UID = "0123456789abcdef0123456789abcdef", "lesson", "527841"
		s.CredentialsSecretRef.Name = "agora"
		s.Start.AppCertificateSecretRef = &v1alpha1.AppCertificateSecretReference{Name: "project"}
	})
	recording.UID, recording.Status.ResourceID = "1", "resource"
	recording.Status.AcquiredTime = &metav1.Time{Time: recordingtest.Noon}
	recording.Status.TokenExpirationTime = &metav1.Time{Time: recordingtest.Noon.Add(24 * time.Hour)}
	return recording
}

func TestTheSameSessionGetsTheSameToken(t *testing.T) {
	g := NewWithT(t)
	mint := func(change func(*v1alpha1.CloudRecording)) SecretText {
		recording := minting()
		change(recording)
		secrets, err := Secrets{AppCertificate: certificate}.WithToken(recording)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(secrets.All()).To(ConsistOf(certificate, string(secrets.Token)))
		return secrets.Token
	}
	first := mint(func(*v1alpha1.CloudRecording) {})
	g.Expect(string(first)).To(HavePrefix("007"))
	g.Expect(mint(func(r *v1alpha1.CloudRecording) {
		r.Generation, r.Status.StartRequestedTime = 7, &metav1.Time{Time: recordingtest.Noon}
		r.Spec.MaxDuration = &metav1.Duration{Duration: time.Hour}
	})).To(Equal(first))
	for what, change := range map[string]func(*v1alpha1.CloudRecording){
		"another object":      func(r *v1alpha1.CloudRecording) { r.UID = "2" },
		"another resource ID": func(r *v1alpha1.CloudRecording) { r.Status.ResourceID = "another" },
		"another user ID":     func(r *v1alpha1.CloudRecording) { r.Status.UID = "527842" },
		"another channel":     func(r *v1alpha1.CloudRecording) { r.Spec.CName = "another" },
		"another time": func(r *v1alpha1.CloudRecording) {
			r.Status.AcquiredTime = &metav1.Time{Time: recordingtest.Noon.Add(time.Second)}
		},
		"another end": func(r *v1alpha1.CloudRecording) {
			r.Status.TokenExpirationTime = &metav1.Time{Time: recordingtest.Noon.Add(time.Hour)}
		},
	} {
		g.Expect(mint(change)).NotTo(Equal(first), what)
	}
}

func TestATokenIsMintedWhereThereIsACertificateAndNone(t *testing.T) {
	g := NewWithT(t)
	for _, given := range []Secrets{{}, {Token: "given"}, {Token: "given", AppCertificate: certificate}} {
		g.Expect(given.MintsToken()).To(BeFalse())
		secrets, err := given.WithToken(minting())
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(secrets).To(Equal(given))
	}
	g.Expect(Secrets{AppCertificate: certificate}.MintsToken()).To(BeTrue())
}

func TestNoTokenIsMintedBeforeTheStatusSaysUntilWhen(t *testing.T) {
	g := NewWithT(t)
	for _, change := range []func(*v1alpha1.SessionStatus){
		func(s *v1alpha1.SessionStatus) { s.AcquiredTime = nil },
		func(s *v1alpha1.SessionStatus) { s.TokenExpirationTime = nil },
		func(s *v1alpha1.SessionStatus) { s.TokenExpirationTime = s.AcquiredTime },
	} {
		recording := minting()
		change(&recording.Status.SessionStatus)
		_, err := Secrets{AppCertificate: certificate}.WithToken(recording)
		g.Expect(err).To(MatchError(HavePrefix("mint the token: ")))
	}
}

func TestCheckTokenSaysWhatIsWrongAndNotWithWhat(t *testing.T) {
	const malformed = "s3cr3t-and-not-a-certificate"
	named := minting()
	byCredentials := minting()
	byCredentials.Spec.Start.AppCertificateSecretRef = nil
	otherProject := minting()
	otherProject.Spec.AppID = "project"
	for name, test := range map[string]struct {
		recording *v1alpha1.CloudRecording
		secrets   Secrets
		want      error
	}{
		"nothing is wrong":   {named, Secrets{AppCertificate: certificate}, nil},
		"there is a token":   {named, Secrets{Token: "given", AppCertificate: malformed}, nil},
		"there is none":      {byCredentials, Secrets{}, nil},
		"its certificate":    {named, Secrets{AppCertificate: malformed}, usererror.CertificateError(`The key appCertificate of Secret "project", which spec.start.appCertificateSecretRef names, does not hold an App Certificate: put in one of the project's from the Agora Console, 32 hexadecimal digits.`)},
		"the account's":      {byCredentials, Secrets{AppCertificate: malformed}, usererror.CertificateError(`The key appCertificate of Secret "agora", which spec.credentialsSecretRef names, does not hold an App Certificate: put in one of the project's from the Agora Console, 32 hexadecimal digits.`)},
		"the App ID is none": {otherProject, Secrets{AppCertificate: certificate}, usererror.SpecError(`No token can be minted for spec.appId "project", which is not 32 hexadecimal digits: create a CloudRecording with the App ID from the Agora Console.`)},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			err := CheckToken(test.recording, test.secrets)
			if test.want == nil {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(Equal(test.want))
			g.Expect(err.Error()).NotTo(ContainSubstring(malformed))
		})
	}
}

func TestWhereTheCertificateComesFrom(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*v1alpha1.CloudRecordingSpec)
		want   string
	}{
		"its own Secret":          {func(*v1alpha1.CloudRecordingSpec) {}, "project"},
		"that of the credentials": {func(s *v1alpha1.CloudRecordingSpec) { s.Start.AppCertificateSecretRef = nil }, "agora"},
		"none, with a token": {func(s *v1alpha1.CloudRecordingSpec) {
			s.Start.AppCertificateSecretRef, s.Start.TokenSecretRef = nil, &v1alpha1.TokenSecretReference{Name: "token"}
		}, ""},
		"none, for a page": {func(s *v1alpha1.CloudRecordingSpec) { s.Start.AppCertificateSecretRef, s.Mode = nil, v1alpha1.WebMode }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			recording := minting()
			test.change(&recording.Spec)
			NewWithT(t).Expect(certificateNeed(recording).Secret).To(Equal(test.want))
		})
	}
}
