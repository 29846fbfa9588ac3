// SPDX-License-Identifier: Apache-2.0

package memory

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"
)

func TestMemoryIsReturnedEveryMinute(t *testing.T) {
	g := NewWithT(t)
	clock := clocktesting.NewFakeClock(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC))
	returned := make(chan struct{})
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- Returner{Clock: clock, free: func() { returned <- struct{}{} }}.Start(ctx) }()
	for range 2 {
		g.Eventually(clock.HasWaiters).Should(BeTrue())
		clock.Step(returnInterval - time.Second)
		g.Expect(returned).NotTo(Receive())
		clock.Step(time.Second)
		g.Eventually(returned).Should(Receive())
	}
	end()
	g.Eventually(ended).Should(Receive(BeNil()))
}
