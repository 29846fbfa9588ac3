// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"

	"cloudrecording.dev/operator/controllers/agora"
)

// callLog notes when queries and stops leave the operator. What a busy
// machine delays after that is not the operator's doing.
type callLog struct {
	Agora

	mu    sync.Mutex
	times []time.Time
}

func (d *callLog) Query(ctx context.Context, credentials agora.Credentials, recording agora.Recording) agora.Answer {
	return d.Agora.Query(d.note(ctx), credentials, recording)
}

func (d *callLog) Stop(ctx context.Context, credentials agora.Credentials, recording agora.Recording, async bool) agora.Answer {
	return d.Agora.Stop(d.note(ctx), credentials, recording, async)
}

// note returns a context by which each request is noted once it is written, and
// before anything else learns that.
func (d *callLog) note(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.times = append(d.times, time.Now())
		},
	})
}

// shortestSpan returns the shortest time in which so many requests left; zero if
// fewer did.
func (d *callLog) shortestSpan(requests int) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	times := slices.SortedFunc(slices.Values(d.times), time.Time.Compare)
	var spans []time.Duration
	for i := requests - 1; i < len(times); i++ {
		spans = append(spans, times[i].Sub(times[i-requests+1]))
	}
	if len(spans) == 0 {
		return 0
	}
	return slices.Min(spans)
}

// count returns how many requests have left.
func (d *callLog) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.times)
}
