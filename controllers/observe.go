// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// observe collects what decide looks at. It fails only if the API server does.
func (r *CloudRecordingReconciler) observe(
	ctx context.Context, recording *v1alpha1.CloudRecording, known remembered,
) (observation, credentials, error) {
	observed := observation{
		leadingSince: r.lead(),
		memory:       known.memory,
	}
	observed.underway, observed.answer = r.calls.observe(recording.UID)
	// Taken after the answer, so that no answer lies in the future.
	observed.now = r.Clock.Now()

	if !needsCredentials(recording) {
		observed.credentialsVersion = known.memory.trigger.credentialsVersion
		return observed, credentials{}, nil
	}
	credentials, err := r.credentials.get(ctx, secretName(recording))
	var missing credentialsError
	switch {
	case errors.As(err, &missing):
		observed.credentialsProblem = missing.Error()
	case err != nil:
		return observation{}, credentials, err
	}
	observed.credentialsVersion = credentials.version
	return observed, credentials, nil
}

// secretName returns the name of the Secret with the recording's credentials.
func secretName(recording *v1alpha1.CloudRecording) types.NamespacedName {
	return types.NamespacedName{
		Namespace: recording.Namespace,
		Name:      recording.Spec.CredentialsSecretRef.Name,
	}
}
