// SPDX-License-Identifier: Apache-2.0

package indexes

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/profiles"
)

// profileSecret finds the profiles that name a Secret.
const profileSecret = "secret"

// AddForProfiles adds the index that finds profiles by the Secrets that they name.
func AddForProfiles(ctx context.Context, indexer client.FieldIndexer) error {
	err := indexer.IndexField(ctx, &v1alpha1.CloudRecordingProfile{}, profileSecret, func(object client.Object) []string {
		profile, ok := object.(*v1alpha1.CloudRecordingProfile)
		if !ok {
			return nil
		}
		return clientrequest.NamedSecrets(profiles.Sample(profile))
	})
	if err != nil {
		return fmt.Errorf("index profiles by %q: %w", profileSecret, err)
	}
	return nil
}

// ProfilesNaming lists the profiles in the cache that name a Secret.
func ProfilesNaming(ctx context.Context, reader client.Reader, secret client.ObjectKey) ([]v1alpha1.CloudRecordingProfile, error) {
	list := &v1alpha1.CloudRecordingProfileList{}
	if err := reader.List(ctx, list, client.InNamespace(secret.Namespace), client.MatchingFields{profileSecret: secret.Name}); err != nil {
		return nil, fmt.Errorf("list the profiles that name Secret %s: %w", secret, err)
	}
	return list.Items, nil
}
