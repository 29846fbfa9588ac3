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

	mu sync.Mutex
	// begun is when each request began to be written, and written when that was known to be over:
	// it left in between, and a busy machine may have taken long to say so.
	begun, written []time.Time
}

func (d *callLog) Query(ctx context.Context, credentials agora.Credentials, recording agora.Recording) agora.Answer {
	return d.Agora.Query(d.note(ctx), credentials, recording)
}

func (d *callLog) Stop(ctx context.Context, credentials agora.Credentials, recording agora.Recording, async bool) agora.Answer {
	return d.Agora.Stop(d.note(ctx), credentials, recording, async)
}

// note returns a context by which each request is noted when it is written.
func (d *callLog) note(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { d.add(&d.begun) },
		WroteRequest: func(httptrace.WroteRequestInfo) { d.add(&d.written) },
	})
}

func (d *callLog) add(times *[]time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*times = append(*times, time.Now())
}

// shortestSpan returns the shortest time in which so many requests left, which may have been
// shorter by what it took to write them; zero if fewer did.
func (d *callLog) shortestSpan(requests int) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	begun, written := slices.SortedFunc(slices.Values(d.begun), time.Time.Compare), slices.SortedFunc(slices.Values(d.written), time.Time.Compare)
	var spans []time.Duration
	for i := requests - 1; i < len(written); i++ {
		spans = append(spans, written[i].Sub(begun[i-requests+1]))
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
	return len(d.written)
}
