// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"errors"
	"fmt"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/token"
	"cloudrecording.dev/operator/controllers/internal/usererror"
)

// MintsToken reports whether the operator mints the token of a start.
func (s Secrets) MintsToken() bool { return s.Token == "" && s.AppCertificate != "" }

// CheckToken returns what prevents a token from being minted, so that it is known before
// any call.
func CheckToken(recording *v1alpha1.CloudRecording, secrets Secrets) error {
	switch {
	case !secrets.MintsToken():
		return nil
	case !token.IsKey(recording.Spec.AppID):
		return usererror.SpecError(fmt.Sprintf("No token can be minted for spec.appId %q, which is not 32 hexadecimal digits: create a CloudRecording with the App ID from the Agora Console.", recording.Spec.AppID))
	default:
		return CheckCertificate(recording, secrets)
	}
}

// CheckCertificate returns an error if the value for an App Certificate is something else.
func CheckCertificate(recording *v1alpha1.CloudRecording, secrets Secrets) error {
	if !secrets.MintsToken() || token.IsKey(string(secrets.AppCertificate)) {
		return nil
	}
	source := certificateNeed(recording)
	return usererror.CertificateError(fmt.Sprintf("The key %s of Secret %q, which %s names, does not hold an App Certificate: put in one of the project's from the Agora Console, 32 hexadecimal digits.",
		source.Key, source.Secret, source.Field))
}

// certificateNeed returns where the App Certificate comes from.
func certificateNeed(recording *v1alpha1.CloudRecording) SecretNeed {
	for _, need := range (&Secrets{}).tokenNeeds(recording, recording.Spec.Start) {
		if need.Key == v1alpha1.AppCertificateKey {
			return need
		}
	}
	return SecretNeed{}
}

// WithToken adds the token that the operator mints. Everything in it follows from what the
// status says about the session, so that a repeated start has the same token.
func (s Secrets) WithToken(recording *v1alpha1.CloudRecording) (Secrets, error) {
	if !s.MintsToken() {
		return s, nil
	}
	session := &recording.Status.SessionStatus
	if session.AcquiredTime == nil || session.TokenExpirationTime == nil {
		return Secrets{}, errors.New("mint the token: the status does not say until when it is to be valid")
	}
	minted, err := token.Mint(string(s.AppCertificate), token.Claims{
		AppID:    recording.Spec.AppID,
		Channel:  recording.Spec.CName,
		UID:      lifecycle.UIDOf(recording.Spec.UID, session),
		IssuedAt: session.AcquiredTime.Time,
		Lifetime: session.TokenExpirationTime.Sub(session.AcquiredTime.Time),
		Salt:     token.SaltOf(string(recording.UID), session.ResourceID),
	})
	if err != nil {
		return Secrets{}, fmt.Errorf("mint the token: %w", err)
	}
	s.Token = SecretText(minted)
	return s, nil
}
