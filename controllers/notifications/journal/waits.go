// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"sync"
	"time"
)

const (
	// settleTimeout is how long a recording whose status cannot be written delays the
	// others. It is halved for each consecutive timeout in a namespace.
	settleTimeout = 250 * time.Millisecond
	mostHalvings  = 10
)

// waits counts, for each namespace, the consecutive announcements after which no event
// was settled.
type waits struct {
	mu          sync.Mutex
	byNamespace map[string]int
}

// timeout returns how long a recording of a namespace may delay the others.
func (w *waits) timeout(namespace string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return settleTimeout >> min(w.byNamespace[namespace], mostHalvings)
}

// note records whether any event of an announced recording was settled.
func (w *waits) note(namespace string, isSettled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if isSettled {
		delete(w.byNamespace, namespace)
		return
	}
	w.byNamespace[namespace]++
}
