// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"sync"
	"time"
)

const (
	// settleTimeout is for how long a recording whose status cannot be written
	// holds up the others. It is halved for each in a row of a namespace.
	settleTimeout = 250 * time.Millisecond
	mostHalvings  = 10
)

// waits counts, for each namespace, how often in a row nothing was settled of a
// recording that was told of.
type waits struct {
	mu          sync.Mutex
	byNamespace map[string]int
}

// timeout returns for how long a recording of a namespace holds up the others.
func (w *waits) timeout(namespace string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return settleTimeout >> min(w.byNamespace[namespace], mostHalvings)
}

// note notes whether something was settled of a recording that was told of.
func (w *waits) note(namespace string, isSettled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if isSettled {
		delete(w.byNamespace, namespace)
		return
	}
	w.byNamespace[namespace]++
}
