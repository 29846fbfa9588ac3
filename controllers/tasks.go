// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// tasks runs beside the reconciles what takes long, such as calls to Agora, one
// task at a time for a recording, and keeps each result until it is recorded.
type tasks[Result any] struct {
	clock clock.Clock

	// permitted says, right before a task begins, whether it may, for as long as it takes.
	permitted func(takes time.Duration) bool

	// finished tells the controller whose result has come.
	finished chan event.TypedGenericEvent[*v1alpha1.CloudRecording]

	// closed ends what waits to tell.
	closed chan struct{}

	mu       sync.Mutex
	draining bool
	byUID    map[types.UID]*runningTask[Result]
	running  sync.WaitGroup
}

// task is something that takes long.
type task[Result any] struct {
	// what tells tasks of several kinds apart.
	what string

	// session is the sid of the session that it is about; empty while that has none.
	session string

	// resource is the resource ID that it uses.
	resource string

	// turn is when it may begin.
	turn time.Time

	// takes is how long it takes at the most.
	takes time.Duration

	// repeatable says that it can be given up when the process ends: what it
	// brings can be had again.
	repeatable bool

	run func(context.Context) Result

	// denied is told if it may not begin. Optional.
	denied func()

	// broken is the result if it breaks off. Without one, it is as if it had not begun.
	broken *Result
}

// runningTask is a task whose result is not recorded yet.
type runningTask[Result any] struct {
	task[Result]
	name   types.NamespacedName
	since  time.Time
	cancel context.CancelFunc
	// begun says that it does not wait for its turn any more.
	begun  bool
	result *Result
}

func newTasks[Result any](clock clock.Clock, permitted func(takes time.Duration) bool) *tasks[Result] {
	return &tasks[Result]{
		clock:     clock,
		permitted: permitted,
		finished:  make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording], 1024),
		closed:    make(chan struct{}),
		byUID:     map[types.UID]*runningTask[Result]{},
	}
}

// start begins a task at its turn, in place of one that is under way. It returns
// at once, and does nothing if the process is about to end.
func (t *tasks[Result]) start(ctx context.Context, recording *v1alpha1.CloudRecording, task task[Result]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.draining {
		return
	}
	if old, ok := t.byUID[recording.UID]; ok && old.result != nil {
		// It came while this task was decided on, and is to be heard first.
		return
	}
	t.drop(recording.UID)
	// The task outlives the reconcile that starts it, and is bounded by itself.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	running := &runningTask[Result]{
		task:   task,
		name:   types.NamespacedName{Namespace: recording.Namespace, Name: recording.Name},
		since:  t.clock.Now(),
		cancel: cancel,
	}
	t.byUID[recording.UID] = running
	t.running.Go(func() {
		defer cancel()
		defer t.survive(ctx, recording.UID, running)
		switch {
		case !t.await(ctx, task.turn):
		case t.isDraining() || !t.permitted(task.takes):
			t.deny(ctx, recording.UID, running)
		case t.begin(recording.UID, running):
			t.keep(recording.UID, running, task.run(ctx))
		}
	})
}

// survive keeps a panic from ending the process for all recordings. The task's
// recording is tried again after a while, as after an error.
func (t *tasks[Result]) survive(ctx context.Context, uid types.UID, running *runningTask[Result]) {
	cause := recover()
	if cause == nil {
		return
	}
	log.FromContext(ctx).Error(fmt.Errorf("panic: %v", cause), "A task broke off",
		"task", running.what, "stack", string(debug.Stack()))
	if running.broken == nil {
		t.abandonAfter(ctx, longestErrorRetry, uid, running)
		return
	}
	t.wait(ctx, longestErrorRetry)
	t.keep(uid, running, *running.broken)
}

// deniedRetry is after how long a task that was not permitted is decided on again.
const deniedRetry = time.Second

// deny gives up a task that may not begin, and has its recording looked at again: it
// may be permitted soon, and nothing else might ask for it.
func (t *tasks[Result]) deny(ctx context.Context, uid types.UID, running *runningTask[Result]) {
	if running.denied != nil {
		running.denied()
	}
	t.abandonAfter(ctx, deniedRetry, uid, running)
}

// abandonAfter drops a task without a result after a while, and tells the controller.
func (t *tasks[Result]) abandonAfter(ctx context.Context, delay time.Duration, uid types.UID, running *runningTask[Result]) {
	t.wait(ctx, delay)
	if t.abandon(uid, running) {
		t.tell(running.name)
	}
}

func (t *tasks[Result]) wait(ctx context.Context, delay time.Duration) {
	select {
	case <-t.clock.After(delay):
	case <-t.closed:
	case <-ctx.Done():
	}
}

// begin notes that a task does not wait any more, unless it was dropped.
func (t *tasks[Result]) begin(uid types.UID, running *runningTask[Result]) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	running.begun = t.byUID[uid] == running
	return running.begun
}

// withdraw drops the task of a recording if it still waits for its turn.
func (t *tasks[Result]) withdraw(uid types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	running, ok := t.byUID[uid]
	if !ok || running.begun || running.result != nil {
		return
	}
	t.drop(uid)
	if running.denied != nil {
		running.denied()
	}
}

// abandon drops a task without a result, unless another took its place.
func (t *tasks[Result]) abandon(uid types.UID, running *runningTask[Result]) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	current := t.byUID[uid] == running
	if current {
		delete(t.byUID, uid)
	}
	return current
}

func (t *tasks[Result]) isDraining() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.draining
}

// await waits for a turn.
func (t *tasks[Result]) await(ctx context.Context, turn time.Time) bool {
	wait := turn.Sub(t.clock.Now())
	if wait <= 0 {
		return true
	}
	timer := t.clock.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C():
		return true
	case <-ctx.Done():
		return false
	}
}

// keep keeps a result and tells the controller, unless the task was dropped.
func (t *tasks[Result]) keep(uid types.UID, running *runningTask[Result], result Result) {
	t.mu.Lock()
	current := t.byUID[uid] == running
	if current {
		running.result = &result
	}
	t.mu.Unlock()
	if current {
		t.tell(running.name)
	}
}

// tell tells the controller that there is something new of a recording.
func (t *tasks[Result]) tell(name types.NamespacedName) {
	recording := &v1alpha1.CloudRecording{}
	recording.Namespace, recording.Name = name.Namespace, name.Name
	select {
	case t.finished <- event.TypedGenericEvent[*v1alpha1.CloudRecording]{Object: recording}:
	case <-t.closed:
	}
}

// observe returns the task of a recording, if there is one, and its result once
// it has come.
func (t *tasks[Result]) observe(uid types.UID) (task *runningTask[Result], result *Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	running, ok := t.byUID[uid]
	if !ok {
		return nil, nil
	}
	return running, running.result
}

// holds says whether a task is under way for a recording, or its result kept.
func (t *tasks[Result]) holds(uid types.UID) bool {
	task, _ := t.observe(uid)
	return task != nil
}

// isFinished says whether a result is kept.
func (t *tasks[Result]) isFinished(uid types.UID) bool {
	_, result := t.observe(uid)
	return result != nil
}

// settle forgets a result: it is recorded.
func (t *tasks[Result]) settle(uid types.UID, result *Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if running, ok := t.byUID[uid]; ok && running.result == result {
		delete(t.byUID, uid)
	}
}

// forget gives up the task of a recording that is gone.
func (t *tasks[Result]) forget(uid types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(uid)
}

func (t *tasks[Result]) drop(uid types.UID) {
	if running, ok := t.byUID[uid]; ok {
		running.cancel()
		delete(t.byUID, uid)
	}
}

// drain starts no more tasks, gives up those that can be repeated, and waits for
// the others, whose results come only once.
func (t *tasks[Result]) drain() {
	t.mu.Lock()
	t.draining = true
	for uid, running := range t.byUID {
		if running.repeatable && running.result == nil {
			t.drop(uid)
		}
	}
	t.mu.Unlock()
	close(t.closed)
	t.running.Wait()
}

// unrecorded returns the recordings whose results are not recorded yet.
func (t *tasks[Result]) unrecorded() []types.NamespacedName {
	t.mu.Lock()
	defer t.mu.Unlock()
	var names []types.NamespacedName
	for _, running := range t.byUID {
		if running.result != nil {
			names = append(names, running.name)
		}
	}
	return names
}
