// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// calls runs the calls to Agora, one at a time for a recording, and keeps each
// answer until it is recorded.
type calls struct {
	clock clock.Clock

	// answered tells the controller whose answer has come.
	answered chan event.TypedGenericEvent[*v1alpha1.CloudRecording]

	// closed ends what waits to tell.
	closed chan struct{}

	mu       sync.Mutex
	draining bool
	byUID    map[types.UID]*runningCall
	running  sync.WaitGroup
}

// runningCall is a call whose answer is not recorded yet.
type runningCall struct {
	name   types.NamespacedName
	method agora.Method
	since  time.Time
	cancel context.CancelFunc
	answer *agora.Answer
}

func newCalls(clock clock.Clock) *calls {
	return &calls{
		clock:    clock,
		answered: make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording], 1024),
		closed:   make(chan struct{}),
		byUID:    map[types.UID]*runningCall{},
	}
}

// start makes a call at its turn, in place of one that is under way. It returns
// at once, and does nothing if the process is about to end.
func (c *calls) start(
	ctx context.Context, recording *v1alpha1.CloudRecording, method agora.Method, turn time.Time,
	call func(context.Context) agora.Answer,
) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining {
		return
	}
	if old, ok := c.byUID[recording.UID]; ok && old.answer != nil {
		// It came while this call was decided on, and is to be heard first.
		return
	}
	c.drop(recording.UID)
	// The call outlives the reconcile that starts it. Its method bounds it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	running := &runningCall{
		name:   types.NamespacedName{Namespace: recording.Namespace, Name: recording.Name},
		method: method,
		since:  c.clock.Now(),
		cancel: cancel,
	}
	c.byUID[recording.UID] = running
	c.running.Go(func() {
		defer cancel()
		if c.await(ctx, turn) {
			answer := call(ctx)
			c.keep(recording.UID, running, answer)
		}
	})
}

// await waits for a turn.
func (c *calls) await(ctx context.Context, turn time.Time) bool {
	wait := turn.Sub(c.clock.Now())
	if wait <= 0 {
		return true
	}
	timer := c.clock.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C():
		return true
	case <-ctx.Done():
		return false
	}
}

// keep keeps an answer and tells the controller, unless the call was dropped.
func (c *calls) keep(uid types.UID, running *runningCall, answer agora.Answer) {
	c.mu.Lock()
	current := c.byUID[uid] == running
	if current {
		running.answer = &answer
	}
	c.mu.Unlock()
	if !current {
		return
	}
	recording := &v1alpha1.CloudRecording{}
	recording.Namespace, recording.Name = running.name.Namespace, running.name.Name
	select {
	case c.answered <- event.TypedGenericEvent[*v1alpha1.CloudRecording]{Object: recording}:
	case <-c.closed:
	}
}

// observe returns the call under way for a recording, or its answer.
func (c *calls) observe(uid types.UID) (*underway, *agora.Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	running, ok := c.byUID[uid]
	switch {
	case !ok:
		return nil, nil
	case running.answer != nil:
		return nil, running.answer
	default:
		return &underway{method: running.method, since: running.since}, nil
	}
}

// holds says whether a call is under way for a recording, or its answer kept.
func (c *calls) holds(uid types.UID) bool {
	underway, answer := c.observe(uid)
	return underway != nil || answer != nil
}

// isAnswered says whether an answer is kept.
func (c *calls) isAnswered(uid types.UID) bool {
	_, answer := c.observe(uid)
	return answer != nil
}

// settle forgets an answer: it is recorded.
func (c *calls) settle(uid types.UID, answer *agora.Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if running, ok := c.byUID[uid]; ok && running.answer == answer {
		delete(c.byUID, uid)
	}
}

// forget gives up the call of a recording that is gone.
func (c *calls) forget(uid types.UID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(uid)
}

func (c *calls) drop(uid types.UID) {
	if running, ok := c.byUID[uid]; ok {
		running.cancel()
		delete(c.byUID, uid)
	}
}

// drain starts no more calls, gives up the queries, which can be asked again,
// and waits for the stops, whose answers come only once.
func (c *calls) drain() {
	c.mu.Lock()
	c.draining = true
	for uid, running := range c.byUID {
		if running.method == agora.MethodQuery && running.answer == nil {
			c.drop(uid)
		}
	}
	c.mu.Unlock()
	close(c.closed)
	c.running.Wait()
}

// unrecorded returns the recordings whose answers are not recorded yet.
func (c *calls) unrecorded() []types.NamespacedName {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []types.NamespacedName
	for _, running := range c.byUID {
		if running.answer != nil {
			names = append(names, running.name)
		}
	}
	return names
}
