// SPDX-License-Identifier: Apache-2.0

package fairqueue

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
)

func TestNamesComeInTurnsOfTheirNamespaces(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	waiting := New()
	name := func(namespace, name string) types.NamespacedName {
		return types.NamespacedName{Namespace: namespace, Name: name}
	}
	for i := range 1000 {
		waiting.Push(name("many", fmt.Sprint(i)))
	}
	waiting.Push(name("few", "a"))
	waiting.Push(name("few", "b"))
	var names []types.NamespacedName
	for range 5 {
		names = append(names, waiting.Pop())
	}
	g.Expect(names).To(Equal([]types.NamespacedName{
		name("many", "0"), name("few", "a"), name("many", "1"), name("few", "b"), name("many", "2"),
	}))
	g.Expect(waiting.Len()).To(Equal(997))
}
