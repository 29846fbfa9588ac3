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
	source := "It is the one that the recording was started with."
	if start := recording.Spec.Start; start != nil {
		if start.TokenSecretRef == nil {
			source = "spec.start.tokenSecretRef names no Secret with a token."
		} else {
			source = fmt.Sprintf("It comes from Secret %q, which spec.start.tokenSecretRef names.", start.TokenSecretRef.Name)
		}
	}
	switch {
	case lifecycle.AwaitsStart(recording) && recording.Spec.Start.TokenSecretRef != nil:
		return source + " Put another one there: the operator goes on at once."
	case lifecycle.AwaitsStart(recording):
		return source + fmt.Sprintf(" Name one there, with the token in its key %s: the operator goes on at once.", v1alpha1.TokenKey)
	case lifecycle.WantsStop(recording):
		return source + " The operator goes on trying to stop the recording."
	default:
		return source + " A recording that has begun cannot be given another one, and ends by itself without: see that the next one is started with a token that is valid."
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
