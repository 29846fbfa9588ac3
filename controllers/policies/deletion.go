// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// tryDeletion tries to delete the first recording in a namespace that is not completed. The
// operator must not be able to, whatever spec.ttlSecondsAfterFinished says.
func (c *Check) tryDeletion(ctx context.Context, namespace string) (Finding, error) {
	kind := v1alpha1.GroupVersion.WithKind("CloudRecording")
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(kind)
	selected := client.MatchingFieldsSelector{Selector: fields.ParseSelectorOrDie(lifecycle.NotCompleted)}
	if err := c.Reader.List(ctx, list, client.InNamespace(namespace), selected, client.Limit(1)); err != nil {
		return NotKnown, fmt.Errorf("find a recording that is not completed: %w", err)
	}
	if len(list.Items) == 0 {
		return NotKnown, nil
	}
	object := &list.Items[0]
	object.SetGroupVersionKind(kind)
	return findingOf("deletion", c.Writer.Delete(ctx, object, client.DryRunAll))
}
