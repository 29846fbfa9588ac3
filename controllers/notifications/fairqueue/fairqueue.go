// SPDX-License-Identifier: Apache-2.0

// Package fairqueue lets namespaces take turns in a queue.
package fairqueue

import (
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
)

// queue holds names that wait for something, and lets their namespaces take turns: many
// of one do not keep those of others waiting.
type queue struct {
	byNamespace map[string][]types.NamespacedName
	// order holds the namespaces that wait, the next one first.
	order []string
	count int
}

// New returns a queue of names whose namespaces take turns.
func New() workqueue.Queue[types.NamespacedName] {
	return &queue{byNamespace: map[string][]types.NamespacedName{}}
}

// Touch implements workqueue.Queue.
func (*queue) Touch(types.NamespacedName) {}

// Push implements workqueue.Queue.
func (q *queue) Push(name types.NamespacedName) {
	waiting, ok := q.byNamespace[name.Namespace]
	if !ok {
		q.order = append(q.order, name.Namespace)
	}
	q.byNamespace[name.Namespace] = append(waiting, name)
	q.count++
}

// Len implements workqueue.Queue.
func (q *queue) Len() int { return q.count }

// Pop implements workqueue.Queue.
func (q *queue) Pop() types.NamespacedName {
	namespace := q.order[0]
	q.order = q.order[1:]
	waiting := q.byNamespace[namespace]
	name := waiting[0]
	if len(waiting) > 1 {
		q.byNamespace[namespace] = waiting[1:]
		q.order = append(q.order, namespace)
	} else {
		delete(q.byNamespace, namespace)
	}
	q.count--
	return name
}
