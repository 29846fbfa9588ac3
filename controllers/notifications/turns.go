// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
)

// turns holds names that wait for something, and lets their namespaces take turns: many of one do not keep those of others waiting.
type turns struct {
	byNamespace map[string][]types.NamespacedName
	// order holds the namespaces that wait, the next one first.
	order []string
	count int
}

// NewTurns returns a queue of names whose namespaces take turns.
func NewTurns() workqueue.Queue[types.NamespacedName] {
	return &turns{byNamespace: map[string][]types.NamespacedName{}}
}

// Touch implements workqueue.Queue.
func (*turns) Touch(types.NamespacedName) {}

// Push implements workqueue.Queue.
func (t *turns) Push(name types.NamespacedName) {
	waiting, ok := t.byNamespace[name.Namespace]
	if !ok {
		t.order = append(t.order, name.Namespace)
	}
	t.byNamespace[name.Namespace] = append(waiting, name)
	t.count++
}

// Len implements workqueue.Queue.
func (t *turns) Len() int { return t.count }

// Pop implements workqueue.Queue.
func (t *turns) Pop() types.NamespacedName {
	namespace := t.order[0]
	t.order = t.order[1:]
	waiting := t.byNamespace[namespace]
	name := waiting[0]
	if len(waiting) > 1 {
		t.byNamespace[namespace] = waiting[1:]
		t.order = append(t.order, namespace)
	} else {
		delete(t.byNamespace, namespace)
	}
	t.count--
	return name
}
