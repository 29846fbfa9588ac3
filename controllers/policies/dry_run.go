// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Finding is the outcome of an attempt to change an object.
type Finding int

const (
	// NotKnown means that there is no object, or that the attempt was not possible.
	NotKnown Finding = iota

	// Refused means that the operator may write to an object but not change it.
	Refused

	// Changed means that nothing keeps the operator from changing an object.
	Changed
)

// Patches for a dry run: one that changes nothing, and one that only the object's users may
// make.
const (
	patchOfNothing    = `{}`
	patchOfAnnotation = `{"metadata":{"annotations":{"cloudrecording.dev/policy-check":"dry run"}}}`
)

// tryOne tries to change the first object of a kind in a namespace.
func (c *Check) tryOne(ctx context.Context, kind schema.GroupVersionKind, namespace string) (Finding, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(kind)
	if err := c.Reader.List(ctx, list, client.InNamespace(namespace), client.Limit(1)); err != nil {
		return NotKnown, fmt.Errorf("find a %s: %w", kind.Kind, err)
	}
	if len(list.Items) == 0 {
		return NotKnown, nil
	}
	object := &list.Items[0]
	object.SetGroupVersionKind(kind)
	// A refusal of this patch has another cause, for which the next one would be refused as
	// well.
	if err := c.dryRun(ctx, object, patchOfNothing); err != nil {
		return NotKnown, fmt.Errorf("try a patch that changes nothing: %w", err)
	}
	return findingOf("patch", c.dryRun(ctx, object, patchOfAnnotation))
}

// findingOf interprets the answer to a request that a policy must refuse.
func findingOf(request string, err error) (Finding, error) {
	switch {
	case err == nil:
		return Changed, nil
	case apierrors.IsForbidden(err):
		return Refused, nil
	default:
		return NotKnown, fmt.Errorf("try a %s that must be refused: %w", request, err)
	}
}

func (c *Check) dryRun(ctx context.Context, object *metav1.PartialObjectMetadata, patch string) error {
	return c.Writer.Patch(ctx, object.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(patch)), client.DryRunAll)
}
