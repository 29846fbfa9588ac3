// SPDX-License-Identifier: Apache-2.0

package removal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/shard"
)

const messageAwaitingDeletion = "All recordings are being deleted. This waits until they are gone.\n"

// awaitDeletion waits until all recordings are gone, if all of them are being deleted. It
// prints how many are left in which phase whenever that changes, and returns the
// recordings that are left.
func (c Check) awaitDeletion(ctx context.Context) ([]metav1.PartialObjectMetadata, error) {
	begun := c.Clock.Now()
	said := ""
	for {
		left, err := c.recordings(ctx)
		waited := c.Clock.Since(begun)
		if err != nil || len(left) == 0 || slices.ContainsFunc(left, isKept) || waited >= c.DeletionTimeout {
			return left, err
		}
		progress, err := c.phases(ctx, left)
		if err != nil {
			return nil, err
		}
		if said == "" {
			_, _ = fmt.Fprint(c.Output, messageAwaitingDeletion+howDeletingEnds(c.Commands.Kubectl))
		}
		if progress != said {
			_, _ = fmt.Fprintf(c.Output, "Left after %s: %s\n", waited.Truncate(time.Second), progress)
			said = progress
		}
		if err := c.pause(ctx); err != nil {
			return nil, fmt.Errorf("wait for recordings to be deleted: %w", err)
		}
	}
}

// phases returns how many of some recordings are in each phase.
func (c Check) phases(ctx context.Context, of []metav1.PartialObjectMetadata) (string, error) {
	left := map[client.ObjectKey]bool{}
	for i := range of {
		left[client.ObjectKeyFromObject(&of[i])] = true
	}
	counts := map[v1alpha1.RecordingPhase]int{}
	list := &v1alpha1.CloudRecordingList{}
	for _, scope := range c.Shard.NamespaceScopes() {
		for more := true; more; more = list.Continue != "" {
			if err := c.Reader.List(ctx, list, append(slices.Clone(scope), client.Limit(shard.ListPage), client.Continue(list.Continue))...); err != nil {
				return "", fmt.Errorf("read how far recordings are that are being deleted: %w", err)
			}
			for i := range list.Items {
				if left[client.ObjectKeyFromObject(&list.Items[i])] {
					counts[list.Items[i].Status.Phase]++
				}
			}
		}
	}
	parts := make([]string, 0, len(counts))
	for _, phase := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[phase], phase))
	}
	return strings.Join(parts, ", "), nil
}
