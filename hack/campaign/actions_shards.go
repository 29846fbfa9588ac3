// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
)

// moveLesson changes the labels of a lesson, such that the operators of another
// shard watch it, or none.
type moveLesson struct {
	lesson lesson
	to     shard
}

func (a moveLesson) kind() string {
	if a.to == shardNone {
		return "labels changed to those of no shard"
	}
	return "labels changed to those of another shard"
}

func (a moveLesson) do(ctx context.Context, s *stage) error {
	return s.patch(ctx, a.lesson, labelled(a.to))
}

// labelled is the change that makes an object one of a shard's.
func labelled(to shard) string {
	if to == shardMain {
		return fmt.Sprintf(`{"metadata":{"labels":{%q:null}}}`, shardLabel)
	}
	return fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, shardLabel, to)
}
