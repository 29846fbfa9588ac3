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

// moveLesson changes the labels of a lesson that its operators look after, such that
// those of another shard watch it, or none, and does something a while later.
type moveLesson struct {
	lesson lesson
	to     shard
	after  time.Duration
	then   action
}

func (a moveLesson) kind() string {
	if a.to == shardNone {
		return "labels changed to those of no shard, and " + a.then.kind()
	}
	return "labels changed to those of another shard, and " + a.then.kind()
}

func (a moveLesson) do(ctx context.Context, s *stage) error {
	if s.isHeld(ctx, a.lesson) {
		if err := s.patch(ctx, a.lesson, labelsOf(a.to)); err != nil {
			return err
		}
	}
	sleep(ctx, a.after)
	return a.then.do(ctx, s)
}

// isHeld says whether an operator looks after a lesson's object, and waits for that: one
// that no operator has ever seen is nobody's, and stays with those who watch it.
func (s *stage) isHeld(ctx context.Context, l lesson) bool {
	ctx, cancel := context.WithTimeout(ctx, userPatience)
	defer cancel()
	for {
		shown := l.reference()
		err := s.client.Get(ctx, client.ObjectKeyFromObject(shown), shown)
		if err == nil && controllerutil.ContainsFinalizer(shown, v1alpha1.StopFinalizer) {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		sleep(ctx, userRetry)
	}
}

// labelsOf is the change that makes an object one of a shard's.
func labelsOf(to shard) string {
	if to == shardMain {
		return fmt.Sprintf(`{"metadata":{"labels":{%q:null}}}`, shardLabel)
	}
	return fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, shardLabel, to)
}
