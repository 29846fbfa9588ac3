// SPDX-License-Identifier: Apache-2.0

package places

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
)

// Source returns the name of the Secret with the recording's credentials.
func Source(recording *v1alpha1.CloudRecording) budget.Source {
	return budget.Source(lifecycle.SecretName(recording).String())
}

// Key returns the account and App ID whose places the recording needs.
func Key(recording *v1alpha1.CloudRecording, credentials secrets.Credentials) capacity.Key {
	return capacity.Key{Account: credentials.Account, AppID: recording.Spec.AppID}
}

// Request returns the recording's request for a place. Waiting requests are ordered by the
// start of their windows.
func Request(recording *v1alpha1.CloudRecording) capacity.Request {
	return capacity.Request{
		Owner: budget.Owner(recording.UID), Name: client.ObjectKeyFromObject(recording),
		OpensAt: lifecycle.OpensAt(recording), Created: recording.CreationTimestamp.Time,
	}
}
