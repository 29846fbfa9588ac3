// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"slices"
	"sync"

	. "github.com/onsi/ginkgo/v2"

	"cloudrecording.dev/operator/controllers/agora"
)

// heldAnswers keeps Agora's answers to calls of some methods from the operator until they are
// released, however long a spec takes.
type heldAnswers struct {
	Agora
	methods []agora.Method
	// except is the channel whose calls are answered all the same; empty for none.
	except string

	release  func()
	released chan struct{}
}

// holdAnswers holds the answers that the operator gets from now on. It must be called before the
// operator runs.
func (e *environment) holdAnswers(methods ...agora.Method) *heldAnswers {
	held := &heldAnswers{methods: methods, released: make(chan struct{})}
	held.release = sync.OnceFunc(func() { close(held.released) })
	// The operator waits for its calls before it ends.
	DeferCleanup(held.release)
	e.callsThrough = func(next Agora) Agora {
		held.Agora = next
		return held
	}
	return held
}

// hold returns an answer once it may be known.
func (h *heldAnswers) hold(ctx context.Context, recording agora.Recording, answer agora.Answer) agora.Answer {
	if !slices.Contains(h.methods, answer.Method) || (h.except != "" && recording.CName == h.except) {
		return answer
	}
	select {
	case <-h.released:
	case <-ctx.Done():
	}
	return answer
}

func (h *heldAnswers) Query(ctx context.Context, credentials agora.Credentials, recording agora.Recording) agora.Answer {
	return h.hold(ctx, recording, h.Agora.Query(ctx, credentials, recording))
}

func (h *heldAnswers) Update(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer {
	return h.hold(ctx, recording, h.Agora.Update(ctx, credentials, recording, request))
}

func (h *heldAnswers) Stop(ctx context.Context, credentials agora.Credentials, recording agora.Recording, async bool) agora.Answer {
	return h.hold(ctx, recording, h.Agora.Stop(ctx, credentials, recording, async))
}
