// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

const (
	// tokenLifetime is the validity of a token that the operator mints.
	tokenLifetime = 24 * time.Hour
	// The operator stops a session whose token is valid for a day, or starts the next session,
	// this long before the token expires.
	tokenStopMargin    = time.Hour
	tokenReplaceMargin = 2 * time.Hour
)

// nameToken sets the source of a start's token.
func (r Recording) nameToken(spec *v1alpha1.StartSpec) {
	switch {
	case !AccountOf(r.Place.Account).Certified:
		spec.TokenSecretRef = &v1alpha1.TokenSecretReference{Name: TokenSecret}
	case !r.Place.KeepsCertificate():
		spec.AppCertificateSecretRef = &v1alpha1.AppCertificateSecretReference{Name: CertificateSecret}
	}
}

// setExpiry sets what happens when the token of a recording expires.
func (r Recording) setExpiry(made *v1alpha1.CloudRecording) {
	switch r.Outcome {
	case outcomeTokenFollowed:
		made.Spec.RestartPolicy = v1alpha1.RestartPolicyOnFailure
	case outcomeTokenReplaced:
		made.Spec.Start.OnExpiry = v1alpha1.ExpiryPolicyStartNext
	default:
		return
	}
	made.Spec.Start.AlternateUIDs = []string{r.AlternateUID()}
}

// agedStatus returns the status of an object whose session was started nearly a day ago, so
// that it must soon be stopped or handed over because its token expires.
func (r Recording) agedStatus(atAgora agorasim.Recording, now time.Time) v1alpha1.CloudRecordingStatus {
	margin := tokenStopMargin
	if r.Outcome == outcomeTokenReplaced {
		margin = tokenReplaceMargin
	}
	started := now.Add(r.due + margin - tokenLifetime)
	return v1alpha1.CloudRecordingStatus{
		ObservedGeneration: 1, FirstStartedTime: at(started),
		SessionStatus: v1alpha1.SessionStatus{
			Phase: v1alpha1.PhaseRecording, ResourceID: atAgora.ResourceID, SID: atAgora.SID,
			AcquiredTime: at(started), StartRequestedTime: at(started), StartedTime: at(started), TokenExpirationTime: at(started.Add(tokenLifetime)),
			ResourceExpiredHour: longestControlWindow, MP4Requested: slices.Contains(r.Options.AvFileType, "mp4"),
		},
	}
}

// longestControlWindow is the number of hours for which Agora accepts calls for a recording.
const longestControlWindow = 72

// endToken plans that Agora ends a recording's token before it expires.
func (p *planner) endToken(r Recording, begin time.Duration) {
	p.at(begin, Action{Kind: DoOnceBegun, Recording: r, After: between(p.random, time.Second, longestShortLife)}.
		with(Action{Kind: DoExpireToken, Recording: r}))
}
