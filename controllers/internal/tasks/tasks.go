// SPDX-License-Identifier: Apache-2.0

package tasks

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

// Runner runs long-running work, such as calls to Agora, outside of the reconciles. It runs
// one task at a time for each recording, and keeps its result until that is recorded.
type Runner[Result any] struct {
	clock clock.Clock

	// permitted reports, right before a task begins, whether it may run for as long as it
	// takes.
	permitted func(takes time.Duration) bool

	// Finished tells the controller which recordings have a result.
	Finished chan event.TypedGenericEvent[*v1alpha1.CloudRecording]

	// closed ends all waiting for a retry or for the controller.
	closed chan struct{}

	mu       sync.Mutex
	draining bool
	byUID    map[types.UID]*Running[Result]
	running  sync.WaitGroup
}

// Task is a piece of long-running work.
type Task[Result any] struct {
	// What distinguishes kinds of tasks.
	What string

	// Session is the sid of the session that the task is about. It is empty while that has
	// none.
	Session string

	// Resource is the resource ID that the task uses.
	Resource string

	// Turn is when the task may begin.
	Turn time.Time

	// Takes is how long the task takes at most.
	Takes time.Duration

	// Repeatable means that the task can be given up when the process ends, because its result
	// can be had again.
	Repeatable bool

	Run func(context.Context) Result

	// Denied is called if the task may not begin. Optional.
	Denied func()

	// Broken is the result if the task breaks off. Without one, the task counts as not begun.
	Broken *Result
}

// Running is a task whose result is not recorded yet.
type Running[Result any] struct {
	Task[Result]
	name   types.NamespacedName
	Since  time.Time
	cancel context.CancelFunc
	// begun means that the task no longer waits for its turn.
	begun  bool
	result *Result
}

// NewRunner returns a runner whose tasks begin only if this process will lead for as long
// as they take.
func NewRunner[Result any](clock clock.Clock, permitted func(takes time.Duration) bool) *Runner[Result] {
	return &Runner[Result]{
		clock:     clock,
		permitted: permitted,
		Finished:  make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording], 1024),
		closed:    make(chan struct{}),
		byUID:     map[types.UID]*Running[Result]{},
	}
}

// Start begins a task at its turn, and drops any other task of the recording. It returns at
// once, and does nothing if the process is about to end.
func (t *Runner[Result]) Start(ctx context.Context, recording *v1alpha1.CloudRecording, task Task[Result]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.draining {
		return
	}
	if old, ok := t.byUID[recording.UID]; ok && old.result != nil {
		// A result came while this task was decided on, and must be handled first.
		return
	}
	t.drop(recording.UID)
	// The task outlives the reconcile that starts it, and limits its own duration.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	running := &Running[Result]{
		Task:   task,
		name:   types.NamespacedName{Namespace: recording.Namespace, Name: recording.Name},
		Since:  t.clock.Now(),
		cancel: cancel,
	}
	t.byUID[recording.UID] = running
	t.running.Go(func() {
		defer cancel()
		defer t.survive(ctx, recording.UID, running)
		switch {
		case !t.await(ctx, task.Turn):
		case t.isDraining() || !t.permitted(task.Takes):
			t.deny(ctx, recording.UID, running)
		case t.begin(recording.UID, running):
			t.keep(recording.UID, running, task.Run(ctx))
		}
	})
}

// survive keeps a panic in one task from ending the process for all recordings. The task's
// recording is tried again after a while, as after an error.
func (t *Runner[Result]) survive(ctx context.Context, uid types.UID, running *Running[Result]) {
	cause := recover()
	if cause == nil {
		return
	}
	log.FromContext(ctx).Error(fmt.Errorf("panic: %v", cause), "A task broke off",
		"task", running.What, "stack", string(debug.Stack()))
	if running.Broken == nil {
		t.abandonAfter(ctx, LongestErrorRetry, uid, running)
		return
	}
	t.wait(ctx, LongestErrorRetry)
	t.keep(uid, running, *running.Broken)
}

// DeniedRetry is how soon a task that was not permitted is decided on again.
const DeniedRetry = time.Second

// deny gives up a task that may not begin, and has its recording reconciled again: the task
// may be permitted soon, and nothing else might ask for it.
func (t *Runner[Result]) deny(ctx context.Context, uid types.UID, running *Running[Result]) {
	if running.Denied != nil {
		running.Denied()
	}
	t.abandonAfter(ctx, DeniedRetry, uid, running)
}

// abandonAfter drops a task without a result after a while, and tells the controller.
func (t *Runner[Result]) abandonAfter(ctx context.Context, delay time.Duration, uid types.UID, running *Running[Result]) {
	t.wait(ctx, delay)
	if t.abandon(uid, running) {
		t.tell(running.name)
	}
}

func (t *Runner[Result]) wait(ctx context.Context, delay time.Duration) {
	select {
	case <-t.clock.After(delay):
	case <-t.closed:
	case <-ctx.Done():
	}
}

// begin notes that a task no longer waits, unless the task was dropped.
func (t *Runner[Result]) begin(uid types.UID, running *Running[Result]) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	running.begun = t.byUID[uid] == running
	return running.begun
}

// Withdraw drops the task of a recording if it is still waiting for its turn.
func (t *Runner[Result]) Withdraw(uid types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	running, ok := t.byUID[uid]
	if !ok || running.begun || running.result != nil {
		return
	}
	t.drop(uid)
	if running.Denied != nil {
		running.Denied()
	}
}

// abandon drops a task without a result, unless another one has taken its place.
func (t *Runner[Result]) abandon(uid types.UID, running *Running[Result]) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	current := t.byUID[uid] == running
	if current {
		delete(t.byUID, uid)
	}
	return current
}

func (t *Runner[Result]) isDraining() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.draining
}

// await waits for a turn, and reports whether it came.
func (t *Runner[Result]) await(ctx context.Context, turn time.Time) bool {
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
func (t *Runner[Result]) keep(uid types.UID, running *Running[Result], result Result) {
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

// tell informs the controller that there is news about a recording.
func (t *Runner[Result]) tell(name types.NamespacedName) {
	recording := &v1alpha1.CloudRecording{}
	recording.Namespace, recording.Name = name.Namespace, name.Name
	select {
	case t.Finished <- event.TypedGenericEvent[*v1alpha1.CloudRecording]{Object: recording}:
	case <-t.closed:
	}
}

// Observe returns the task of a recording, if there is one, and its result once there is
// one.
func (t *Runner[Result]) Observe(uid types.UID) (task *Running[Result], result *Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	running, ok := t.byUID[uid]
	if !ok {
		return nil, nil
	}
	return running, running.result
}

// Holds reports whether a recording has a task under way, or a result that is kept.
func (t *Runner[Result]) Holds(uid types.UID) bool {
	task, _ := t.Observe(uid)
	return task != nil
}

// IsFinished reports whether a recording has a result that is kept.
func (t *Runner[Result]) IsFinished(uid types.UID) bool {
	_, result := t.Observe(uid)
	return result != nil
}

// Settle forgets a result that has been recorded.
func (t *Runner[Result]) Settle(uid types.UID, result *Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if running, ok := t.byUID[uid]; ok && running.result == result {
		delete(t.byUID, uid)
	}
}

// Forget gives up the task of a recording that is gone.
func (t *Runner[Result]) Forget(uid types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(uid)
}

func (t *Runner[Result]) drop(uid types.UID) {
	if running, ok := t.byUID[uid]; ok {
		running.cancel()
		delete(t.byUID, uid)
	}
}

// Drain lets no more tasks begin, gives up those that can be repeated, and waits for the
// others, whose results come only once.
func (t *Runner[Result]) Drain() {
	t.mu.Lock()
	t.draining = true
	for uid, running := range t.byUID {
		if running.Repeatable && running.result == nil {
			t.drop(uid)
		}
	}
	t.mu.Unlock()
	close(t.closed)
	t.running.Wait()
}

// Unrecorded returns the recordings whose results have not been recorded yet.
func (t *Runner[Result]) Unrecorded() []types.NamespacedName {
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

// LongestErrorRetry is the longest time until a failed task is tried again.
const LongestErrorRetry = 30 * time.Second
