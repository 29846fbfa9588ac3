// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// tokenRejectedMessage says why Agora refuses the token with which the recorder joins
// the channel, where the token comes from, and what to do.
func tokenRejectedMessage(recording *v1alpha1.CloudRecording) string {
	session := &recording.Status.SessionStatus
	return fmt.Sprintf("Agora refuses the token for the channel %q and the uid %s%s. %s %s",
		recording.Spec.CName, lifecycle.UIDOf(recording.Spec.UID, session), lastAnswer(session), tokenFlaw(session), tokenRemedy(recording))
}

func tokenRemedy(recording *v1alpha1.CloudRecording) string {
	source, remedy := tokenSource(recording)
	switch {
	case lifecycle.AwaitsStart(recording):
		return source + remedy + ": the operator goes on at once."
	case lifecycle.WantsStop(recording):
		return source + " The operator goes on trying to stop the recording."
	default:
		return source + " A recording that has begun cannot be given another one, and ends by itself without: see that the next one is started with a token that is valid."
	}
}

// tokenSource says where the token comes from, and what to do there.
func tokenSource(recording *v1alpha1.CloudRecording) (source, remedy string) {
	switch start := recording.Spec.Start; {
	case start == nil:
		return "It is the one that the recording was started with.", ""
	case start.TokenSecretRef != nil:
		return fmt.Sprintf("It comes from Secret %q, which spec.start.tokenSecretRef names.", start.TokenSecretRef.Name),
			" Put another one there"
	case start.AppCertificateSecretRef != nil:
		return fmt.Sprintf("It is minted from the App Certificate in Secret %q, which spec.start.appCertificateSecretRef names.", start.AppCertificateSecretRef.Name),
			fmt.Sprintf(" Put a certificate of the project into its key %s", v1alpha1.AppCertificateKey)
	case recording.Status.TokenExpirationTime != nil:
		return fmt.Sprintf("It is minted from the App Certificate in Secret %q, which spec.credentialsSecretRef names.", recording.Spec.CredentialsSecretRef.Name),
			fmt.Sprintf(" Put a certificate of the project into its key %s", v1alpha1.AppCertificateKey)
	default:
		return "spec.start names no Secret with a token or an App Certificate.",
			fmt.Sprintf(" Name one in tokenSecretRef or appCertificateSecretRef, or put an App Certificate of the project into the key %s of Secret %q, which spec.credentialsSecretRef names",
				v1alpha1.AppCertificateKey, recording.Spec.CredentialsSecretRef.Name)
	}
}

// tokenFlaw says what Agora's code means.
func tokenFlaw(session *v1alpha1.SessionStatus) string {
	last := session.LastError
	switch {
	case last != nil && last.Code == agora.CodeTokenExpired:
		return "It has expired."
	case last != nil && last.Code == agora.CodeTokenInvalid:
		return "It was made for another channel, uid or App ID, or with a wrong App Certificate, or the project has no App Certificate."
	default:
		return "It has expired, or was made for something else."
	}
}
