// SPDX-License-Identifier: Apache-2.0

package simtime

import (
	"context"
	"sync"
)

// Background is the work that goes on beside requests. It is safe for concurrent use.
type Background struct {
	mu      sync.Mutex
	context context.Context
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// NewBackground returns one without work.
func NewBackground() *Background {
	b := &Background{}
	b.context, b.cancel = context.WithCancel(context.Background())
	return b
}

// Run starts work that ends with its context, and says whether it did: not after Close.
func (b *Background) Run(work func(ctx context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.context.Err() != nil {
		return false
	}
	b.work.Go(func() { work(b.context) })
	return true
}

// Closed says whether no work can begin.
func (b *Background) Closed() bool { return b.context.Err() != nil }

// Close cancels the work and returns when it has ended.
func (b *Background) Close() {
	b.mu.Lock()
	b.cancel()
	b.mu.Unlock()
	b.work.Wait()
}
