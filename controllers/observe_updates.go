// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
)

// observeUpdates reads the secrets of the parameters that can be updated. A missing or invalid
// Secret does not affect a running recording until an update needs it.
func (o *observer) observeUpdates(
	ctx context.Context, recording *v1alpha1.CloudRecording, observed *decision.Observation, keys *keys,
) error {
	if !lifecycle.MayUpdate(recording) || observed.CredentialsProblem != "" {
		return nil
	}
	values := clientrequest.Secrets{}
	problems := [clientrequest.Sections]string{}
	needs := [clientrequest.Sections][]clientrequest.SecretNeed{}
	for _, need := range values.Needs(recording) {
		if part, ok := clientrequest.SectionOf(need); ok {
			needs[part] = append(needs[part], need)
		}
	}
	for part := range problems {
		problem, err := secrets.ReadNeeds(ctx, o.startSecrets, recording.Namespace, needs[part])
		if err != nil {
			return err
		}
		problems[part] = problem
	}
	if problems[clientrequest.SectionStorage] == "" {
		if err := o.allowStorage(recording.Spec.Storage, values); err != nil {
			problems[clientrequest.SectionStorage] = err.Error()
		}
	}
	if err := noteParameters(recording, values, observed, keys); err != nil {
		return err
	}
	observed.Parameters.Problems = problems
	return nil
}

// noteParameters notes the parameters that a start, or later an update, can send.
func noteParameters(recording *v1alpha1.CloudRecording, secrets clientrequest.Secrets, observed *decision.Observation, keys *keys) (err error) {
	keys.updates, err = clientrequest.NewParameters(recording, secrets)
	observed.Parameters = decision.ObservedParameters{
		Read:         true,
		Fingerprints: clientrequest.NewFingerprints(recording.UID, keys.agora.CustomerSecret, keys.updates),
		Address:      clientrequest.Digest(string(secrets.RTMPURL)),
	}
	for _, need := range (&clientrequest.Secrets{}).Needs(recording) {
		if need.Key == v1alpha1.RTMPURLKey {
			observed.Parameters.PublishingSecret = need.Secret
		}
	}
	return err
}
