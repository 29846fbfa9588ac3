// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// tally counts what was done.
type tally struct {
	mu   sync.Mutex
	done map[string]int
}

func (t *tally) add(kind string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done[kind]++
}

// perform carries steps out. It returns when the last step is done.
func (s *stage) perform(ctx context.Context, steps []step, duration time.Duration, done *tally) error {
	begin := time.Now()
	whole := ctx
	// What lasts ends with the disturbances.
	ctx, cancel := context.WithDeadline(ctx, begin.Add(duration))
	defer cancel()
	var performing sync.WaitGroup
	var failures log[error]
	for _, next := range steps {
		sleep(ctx, time.Until(begin.Add(next.at)))
		performing.Go(func() {
			// A user's wish is carried out whatever the time.
			if err := next.action.do(lasting(whole, ctx, next.action), s); err != nil {
				failures.add(fmt.Errorf("%s: %w", next.action.kind(), err))
				return
			}
			done.add(next.action.kind())
		})
	}
	sleep(ctx, time.Until(begin.Add(duration)))
	performing.Wait()
	return errors.Join(failures.all()...)
}

// lasting returns the context of an action: that of a user's is not ended by the
// end of the disturbances, and where a user waits, by that of the whole campaign.
func lasting(whole, ctx context.Context, a action) context.Context {
	switch a.(type) {
	case onceBegun:
		return whole
	case createLesson, createManySessions, moveLesson, inTime, fillLesson, stopLesson, deleteLesson, orphanLesson, suspendLesson, editLesson, deleteNamespace, removeSecret, breakStartSecret,
		rotateCustomer, rotateReceiver:
		return context.WithoutCancel(ctx)
	default:
		return ctx
	}
}

// cease ends everything that disturbs.
func (s *stage) cease(ctx context.Context) error {
	s.agora.ClearFaults()
	s.agora.ClearNotificationFaults()
	s.front.ambushes.clear()
	s.proxy.faults.clear()
	s.gate.faults.clear()
	for _, r := range s.fleet.replicas {
		for _, e := range r.endpoints {
			if err := e.recover(); err != nil {
				return err
			}
		}
	}
	// Requests that hang do so no longer.
	s.agora.Restart(0)
	left := slices.DeleteFunc(namespaces(), func(name string) bool { return name == schoolGone })
	return s.restoreSecrets(ctx, left)
}

// awaitOperators waits until every replica runs.
func (s *stage) awaitOperators(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, operatorPatience)
	defer cancel()
	for {
		running := 0
		for _, r := range s.fleet.replicas {
			if r.running().get() != nil {
				running++
			}
		}
		if running == len(s.fleet.replicas) {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("only %d of %d replicas run: see their logs", running, len(s.fleet.replicas))
		}
		sleep(ctx, userRetry)
	}
}

const operatorPatience = time.Minute
