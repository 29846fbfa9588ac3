// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"sync"
)

// counter counts by kinds. It is safe for concurrent use, and its zero value is ready.
type counter struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *counter) add(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[kind]++
}

func (c *counter) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}
