// SPDX-License-Identifier: Apache-2.0

package notifications

import "k8s.io/apimachinery/pkg/types"

// Backlog is what of the journal waits to be recorded. An Inbox knows it.
type Backlog interface {
	// Batches returns how many ConfigMaps wait.
	Batches() int

	// IsFull says that the journal should take no more before some of it is settled.
	IsFull() bool

	// IsOverdrawn says that so many events of a recording wait that it should
	// get no more before some of them are settled.
	IsOverdrawn(recording types.UID) bool
}

var _ Backlog = (*Inbox)(nil)
