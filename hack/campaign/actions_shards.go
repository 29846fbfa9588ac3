// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// moveRecording changes the labels of a recording that its operators look after, such that
// those of another shard watch it, or none, and does something a while later.
type moveRecording struct {
	recording recordingPlan
	to        shard
	after     time.Duration
	then      action
}

func (a moveRecording) kind() string {
	if a.to == shardNone {
		return "labels changed to those of no shard, and " + a.then.kind()
	}
	return "labels changed to those of another shard, and " + a.then.kind()
}

func (a moveRecording) do(ctx context.Context, e *environment) error {
	if e.isHeld(ctx, a.recording) {
		if err := e.patch(ctx, a.recording, labelsOf(a.to)); err != nil {
			return err
		}
	}
	sleep(ctx, a.after)
	return a.then.do(ctx, e)
}

// isHeld says whether an operator looks after a recording's object, and waits for that: one
// that no operator has ever seen is nobody's, and stays with those who watch it.
func (e *environment) isHeld(ctx context.Context, r recordingPlan) bool {
	return until(ctx, userTimeout, userRetry, func() bool {
		shown := r.reference()
		err := e.Client.Get(ctx, client.ObjectKeyFromObject(shown), shown)
		return err == nil && controllerutil.ContainsFinalizer(shown, v1alpha1.StopFinalizer)
	})
}

// labelsOf is the change that makes an object one of a shard's.
func labelsOf(to shard) string {
	if to == shardMain {
		return fmt.Sprintf(`{"metadata":{"labels":{%q:null}}}`, shardLabel)
	}
	return fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, shardLabel, to)
}
