// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"context"
	"slices"

	"cloudrecording.dev/operator/controllers/notifications"
)

// Unowned keeps recordings that no object has.
type Unowned interface {
	// Heard notes an event about a recording that neither this replica nor the API server
	// knows. Its notification was signed with a secret of the namespace. It does not wait.
	Heard(ctx context.Context, event notifications.Event, namespace string)
}

// noteUnowned has an event noted about a recording that no object has. What cannot be read
// names none.
func (r *Receiver) noteUnowned(ctx context.Context, envelope notifications.Envelope, namespace string) {
	if r.options.Unowned == nil {
		return
	}
	if event, err := r.event(envelope); err == nil {
		r.options.Unowned.Heard(ctx, event, namespace)
	}
}

// haveOwner says whether a recording has the sid, whoever has signed.
func haveOwner(claimants []notifications.Claimant) bool {
	return slices.ContainsFunc(claimants, func(claimant notifications.Claimant) bool { return claimant.Standing == notifications.Owner })
}
