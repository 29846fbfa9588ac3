// SPDX-License-Identifier: Apache-2.0

package shard

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// IndexRecordings adds an index to a cache that finds recordings by the given keys.
func IndexRecordings(
	ctx context.Context, indexer client.FieldIndexer, index string, keys func(*v1alpha1.CloudRecording) []string,
) error {
	err := indexer.IndexField(ctx, &v1alpha1.CloudRecording{}, index, func(object client.Object) []string {
		recording, ok := object.(*v1alpha1.CloudRecording)
		if !ok {
			return nil
		}
		return keys(recording)
	})
	if err != nil {
		return fmt.Errorf("index recordings by %q: %w", index, err)
	}
	return nil
}
