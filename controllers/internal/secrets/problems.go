// SPDX-License-Identifier: Apache-2.0

package secrets

import (
	"context"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/usererror"
)

// Stores hold what was read from the Secrets that recordings name.
type Stores struct {
	Credentials *Store[Credentials]
	Storage     *Store[StorageCredentials]
	Start       *Store[StartSecret]
}

// ProblemOf says what is wrong with the Secrets that a recording names, or would name. It
// is empty if nothing is wrong. The recording must have its effective spec.
func (s Stores) ProblemOf(ctx context.Context, recording *v1alpha1.CloudRecording) (string, error) {
	var problems []string
	add := func(err error) error {
		problem, err := usererror.ProblemOf(err)
		if problem != "" {
			problems = append(problems, problem)
		}
		return err
	}
	if name := lifecycle.SecretName(recording); name.Name != "" {
		if _, err := s.Credentials.Get(ctx, name); add(err) != nil {
			return "", err
		}
	}
	if storage := recording.Spec.Storage; storage != nil && storage.ReadCredentialsSecretRef != nil {
		if _, err := s.Storage.Get(ctx, lifecycle.StorageSecretName(recording)); add(err) != nil {
			return "", err
		}
	}
	values := clientrequest.Secrets{}
	problem, err := ReadNeeds(ctx, s.Start, recording.Namespace, values.Needs(recording))
	if problem != "" {
		problems = append(problems, problem)
	}
	if invalid := clientrequest.CheckCertificate(recording, values); invalid != nil {
		problems = append(problems, invalid.Error())
	}
	return strings.Join(problems, " "), err
}
