// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"sync"
)

// inParallel does something to each item, to some at once.
func inParallel[Item any](items []Item, do func(Item) error) error {
	queue := make(chan Item, len(items))
	for _, item := range items {
		queue <- item
	}
	close(queue)
	failures := make([]error, parallelWrites)
	var workers sync.WaitGroup
	for i := range parallelWrites {
		workers.Go(func() {
			for item := range queue {
				if failures[i] = do(item); failures[i] != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	return errors.Join(failures...)
}
