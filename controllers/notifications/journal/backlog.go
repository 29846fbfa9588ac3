// SPDX-License-Identifier: Apache-2.0

package journal

import "k8s.io/apimachinery/pkg/types"

// Backlog is the part of the journal that is not recorded yet. An Inbox implements it.
type Backlog interface {
	// Fill returns how full the share of a namespace in the journal would be with this
	// many additional bytes. Above 1, the namespace should get no more.
	Fill(namespace string, bytes int) float64

	// IsOverdrawn reports whether so many events of a recording are pending that it
	// should get no more until some of them are settled.
	IsOverdrawn(recording types.UID) bool

	// Expect counts a ConfigMap, by name, that is about to be written. Withdraw undoes
	// that for a ConfigMap that was not written.
	Expect(name, namespace string, bytes int)
	Withdraw(name string)
}

var _ Backlog = (*Inbox)(nil)
