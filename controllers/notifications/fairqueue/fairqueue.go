// SPDX-License-Identifier: Apache-2.0

// Package fairqueue provides a queue in which namespaces take turns.
package fairqueue

import (
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
)

// queue lets the namespaces of waiting names take turns, so that many names in one
// namespace do not delay those in others.
type queue struct {
	byNamespace map[string][]types.NamespacedName
	// order holds the namespaces with waiting names, the next one first.
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
