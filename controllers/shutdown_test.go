// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestAnswersThatCannotBeWrittenAreTriedLessAndLessOften(t *testing.T) {
	g := NewWithT(t)
	delay := staleRetry
	for range 5 {
		next := nextDrainRetry(delay, 1)
		g.Expect(next).To(Equal(2 * delay))
		delay = next
	}
	for range 5 {
		delay = nextDrainRetry(delay, 1)
	}
	g.Expect(delay).To(Equal(longestDrainRetry))
	g.Expect(nextDrainRetry(time.Second, 0)).To(Equal(staleRetry), "all were written")
}
