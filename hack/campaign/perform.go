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

// perform carries steps out. It returns when the last step is done.
func (e *environment) perform(ctx context.Context, steps []step, duration time.Duration, done *counter) error {
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
			if err := next.action.do(lasting(whole, ctx, next.action), e); err != nil {
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
	case createRecording, createManySessions, moveRecording, inTime, fillObject, patchRecording, deleteRecording, deleteNamespace, removeSecret, breakStartSecret,
		rotateCustomer, rotateReceiver:
		return context.WithoutCancel(ctx)
	default:
		return ctx
	}
}

// endDisturbances ends everything that disturbs.
func (e *environment) endDisturbances(ctx context.Context) error {
	e.agora.ClearFaults()
	e.agora.ClearNotificationFaults()
	e.agoraProxy.killPoints.clear()
	e.proxy.faults.clear()
	e.bucketProxy.faults.clear()
	for _, r := range e.fleet.replicas {
		for _, endpoint := range r.endpoints {
			if err := endpoint.recover(); err != nil {
				return err
			}
		}
	}
	// Requests that hang do so no longer.
	e.agora.Restart(0)
	left := slices.DeleteFunc(namespaces(), func(name string) bool { return name == namespaceGone })
	return e.restoreSecrets(ctx, left)
}

// awaitOperators waits until every replica runs.
func (e *environment) awaitOperators(ctx context.Context) error {
	running := 0
	if !until(ctx, operatorTimeout, userRetry, func() bool {
		running = 0
		for _, r := range e.fleet.replicas {
			if r.running().get() != nil {
				running++
			}
		}
		return running == len(e.fleet.replicas)
	}) {
		return fmt.Errorf("only %d of %d replicas run: see their logs", running, len(e.fleet.replicas))
	}
	return nil
}

const operatorTimeout = time.Minute
