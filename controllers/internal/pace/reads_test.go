// SPDX-License-Identifier: Apache-2.0

package pace

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	testingclock "k8s.io/utils/clock/testing"
)

func TestEachNamespaceIsSpacedForItself(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	begun := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	clock := testingclock.NewFakePassiveClock(begun)
	reads := New(clock)

	g.Expect(reads.Reserve("crowded", 2*BytesPerSecond)).To(Equal(begun), "the first at once")
	g.Expect(reads.Reserve("crowded", BytesPerSecond/2)).To(Equal(begun.Add(2 * time.Second)))
	g.Expect(reads.Reserve("crowded", BytesPerSecond)).To(Equal(begun.Add(2500 * time.Millisecond)))
	g.Expect(reads.Reserve("other", BytesPerSecond)).To(Equal(begun), "another namespace waits for nobody")

	later := begun.Add(time.Minute)
	clock.SetTime(later)
	g.Expect(reads.Reserve("crowded", BytesPerSecond)).To(Equal(later), "time that nobody used is not saved")
	g.Expect(reads.Reserve("crowded", BytesPerSecond)).To(Equal(later.Add(time.Second)))
}
