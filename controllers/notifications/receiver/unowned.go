// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"context"
	"slices"

	"cloudrecording.dev/operator/controllers/notifications"
)

// Unowned tracks recordings that no object owns.
type Unowned interface {
	// Heard records an event about a recording that neither this replica nor the API
	// server knows. The notification was signed with a secret of the namespace. Heard
	// does not block.
	Heard(ctx context.Context, event notifications.Event, namespace string)
}

// noteUnowned records an event about a recording that no object owns. It ignores
// notifications that cannot be decoded.
func (r *Receiver) noteUnowned(ctx context.Context, envelope notifications.Envelope, namespace string) {
	if r.options.Unowned == nil {
		return
	}
	if event, err := r.event(envelope); err == nil {
		r.options.Unowned.Heard(ctx, event, namespace)
	}
}

// haveOwner reports whether any recording has the sid, whoever signed.
func haveOwner(claimants []notifications.Claimant) bool {
	return slices.ContainsFunc(claimants, func(claimant notifications.Claimant) bool { return claimant.Standing == notifications.Owner })
}
