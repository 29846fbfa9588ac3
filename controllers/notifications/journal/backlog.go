// SPDX-License-Identifier: Apache-2.0

package journal

import "k8s.io/apimachinery/pkg/types"

// Backlog is what of the journal waits to be recorded. An Inbox knows it.
type Backlog interface {
	// Fill returns how full the share of a namespace in the journal is with so many
	// bytes more: it should get no more if that is above 1.
	Fill(namespace string, bytes int) float64

	// IsOverdrawn says that so many events of a recording wait that it should
	// get no more before some of them are settled.
	IsOverdrawn(recording types.UID) bool

	// Expect counts a ConfigMap that is about to be written, by its name, and
	// Withdraw one that was not.
	Expect(name, namespace string, bytes int)
	Withdraw(name string)
}

var _ Backlog = (*Inbox)(nil)
