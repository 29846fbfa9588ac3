// SPDX-License-Identifier: Apache-2.0

package simtime

import (
	"context"
	"sync"
)

// Background runs work independently of requests. It is safe for concurrent use.
type Background struct {
	mu      sync.Mutex
	context context.Context
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// NewBackground returns a Background without work.
func NewBackground() *Background {
	b := &Background{}
	b.context, b.cancel = context.WithCancel(context.Background())
	return b
}

// Run starts work that ends with its context, and reports whether it was started. After
// Close, no work is started.
func (b *Background) Run(work func(ctx context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.context.Err() != nil {
		return false
	}
	b.work.Go(func() { work(b.context) })
	return true
}

// Closed reports whether no more work can be started.
func (b *Background) Closed() bool { return b.context.Err() != nil }

// Close cancels the work and waits for it to end.
func (b *Background) Close() {
	b.mu.Lock()
	b.cancel()
	b.mu.Unlock()
	b.work.Wait()
}
