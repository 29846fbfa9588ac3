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
	work    *sync.WaitGroup
}

// NewBackground returns one without work.
func NewBackground() *Background {
	b := &Background{}
	b.begin()
	return b
}

func (b *Background) begin() {
	b.context, b.cancel = context.WithCancel(context.Background())
	b.work = &sync.WaitGroup{}
}

// Run starts work that ends with its context, and says whether it did: not after Close.
func (b *Background) Run(work func(ctx context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	ctx := b.context
	if ctx.Err() != nil {
		return false
	}
	b.work.Go(func() { work(ctx) })
	return true
}

// Closed says whether no work can begin.
func (b *Background) Closed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.context.Err() != nil
}

// Restart cancels the work, and lets new work begin. What it returns waits for the end of
// the work that was canceled.
func (b *Background) Restart() (wait func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cancel()
	defer b.begin()
	return b.work.Wait
}

// Close cancels the work and returns when it has ended.
func (b *Background) Close() {
	b.mu.Lock()
	b.cancel()
	work := b.work
	b.mu.Unlock()
	work.Wait()
}

// Places bound how many do something at once.
type Places chan struct{}

// Take waits for a place; what it returns gives the place back.
func (p Places) Take(ctx context.Context) (leave func(), err error) {
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
