// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"maps"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// observedParameters is what is observed of the parts that Agora can change.
type observedParameters struct {
	// read says that they were looked at.
	read bool

	// fingerprints are those of what the spec and the Secrets say.
	fingerprints fingerprints

	// problems say why a part cannot be sent; empty where it can.
	problems [parts]string

	// publishingSecret is the name of the Secret with the CDN address.
	publishingSecret string

	// address is the same as long as the CDN address is, also when the account's
	// secret changes. It is for the memory alone.
	address string
}

// observeUpdates reads what is secret of what can be updated, if something may be.
// What is missing or wrong there does not matter to a recording that runs, until
// it is to be sent.
func (r *CloudRecordingReconciler) observeUpdates(
	ctx context.Context, recording *v1alpha1.CloudRecording, observed *observation, keys *keys,
) error {
	if !mayUpdate(recording) || observed.credentialsProblem != "" {
		return nil
	}
	secrets := startSecrets{}
	problems := [parts]string{}
	needs := [parts][]startSecretNeed{}
	for _, need := range secrets.needs(recording) {
		if part, ok := partOf(need); ok {
			needs[part] = append(needs[part], need)
		}
	}
	for part := range problems {
		problem, err := readNeeds(ctx, r.startSecrets, recording.Namespace, needs[part])
		if err != nil {
			return err
		}
		problems[part] = problem
	}
	if problems[partStorage] == "" {
		if err := r.allowStorage(recording.Spec.Storage, secrets); err != nil {
			problems[partStorage] = err.Error()
		}
	}
	if err := noteParameters(recording, secrets, observed, keys); err != nil {
		return err
	}
	observed.parameters.problems = problems
	return nil
}

// noteParameters notes what a start, or later an update, can send.
func noteParameters(recording *v1alpha1.CloudRecording, secrets startSecrets, observed *observation, keys *keys) (err error) {
	keys.updates, err = newParameters(recording, secrets)
	observed.parameters = observedParameters{
		read:         true,
		fingerprints: newFingerprints(recording.UID, keys.agora.CustomerSecret, keys.updates),
		address:      digest(secrets.rtmpURL),
	}
	for _, need := range (&startSecrets{}).needs(recording) {
		if need.key == v1alpha1.RTMPURLKey {
			observed.parameters.publishingSecret = need.secret
		}
	}
	return err
}

// mayUpdate says whether Agora may have to be told of changes to the recording.
func mayUpdate(recording *v1alpha1.CloudRecording) bool {
	return startsItself(recording) && recording.Status.SID != "" && !wantsStop(recording) && !hasEnded(&recording.Status.SessionStatus)
}

// partOf returns the part that a Secret's key belongs to, if it can be updated.
func partOf(need startSecretNeed) (part, bool) {
	switch need.key {
	case v1alpha1.RTMPURLKey:
		return partPublishing, true
	case v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey, v1alpha1.StsTokenKey, v1alpha1.StsExpirationKey:
		return partStorage, true
	default:
		return 0, false
	}
}

// updateSecretNames returns the names of the Secrets with what Agora may have to
// be told of.
func updateSecretNames(recording *v1alpha1.CloudRecording) []string {
	if !mayUpdate(recording) {
		return nil
	}
	names := map[string]bool{}
	for _, need := range (&startSecrets{}).needs(recording) {
		if _, ok := partOf(need); ok {
			names[need.secret] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
