// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
)

func TestThoseWhoMayBeginAreNamedUntilTheContextEnds(t *testing.T) {
	f := newFixture(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	named, ended := make(chan types.NamespacedName), make(chan struct{})
	go func() {
		defer close(ended)
		f.Run(ctx, func(name types.NamespacedName) { named <- name })
	}()
	running, waiting := request("running", 0), request("waiting", 0)
	f.begin(running)
	f.await(waiting)
	f.end(running)
	f.Expect(<-named).To(Equal(waiting.Name))
	cancel()
	<-ended
}
