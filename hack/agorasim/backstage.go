// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	// parallelWrites and parallelPosts bound the requests at once to the bucket
	// and to receivers of notifications.
	parallelWrites = 32
	parallelPosts  = 64
)

// backstage is what works beside the requests: it keeps appointments, writes
// to the bucket and sends notifications. A reset takes a new one.
type backstage struct {
	mu     *sync.Mutex // the simulator's
	clock  *serviceClock
	agenda agenda

	context context.Context // ends with it
	end     context.CancelFunc
	work    sync.WaitGroup

	posts  chan struct{}
	client *http.Client
	turns  map[string]<-chan struct{} // closed when the last notification about a sid was sent
	// turnPatience is how long, in real time, one waits for the one before.
	turnPatience time.Duration
}

func newBackstage(mu *sync.Mutex, clock *serviceClock, options Options) *backstage {
	b := &backstage{
		mu: mu, clock: clock,
		agenda: agenda{interrupt: func() {}},
		posts:  make(chan struct{}, parallelPosts),
		turns:  map[string]<-chan struct{}{},
		client: newReceiverClient(options.NotificationTimeout),

		turnPatience: options.NotificationTimeout / 2,
	}
	b.context, b.end = context.WithCancel(context.Background())
	return b
}

// run starts work that ends with the context, and says whether it did: not
// after the end. The simulator must be locked.
func (b *backstage) run(work func(ctx context.Context)) bool {
	if b.context.Err() != nil {
		return false
	}
	b.work.Go(func() { work(b.context) })
	return true
}

// close ends all work and returns when it has ended. The simulator must not be
// locked.
func (b *backstage) close() {
	b.mu.Lock()
	b.end()
	b.mu.Unlock()
	b.work.Wait()
	b.client.CloseIdleConnections()
}

// enter takes one of the places there are; the returned function gives it back.
func enter(ctx context.Context, places chan struct{}) (leave func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
