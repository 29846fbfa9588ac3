// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("The memory of the limit of requests a second", func() {
	DescribeTable("holds no more than a second",
		func(limit int) {
			l := &rateLimit{limit: limit}
			begin := time.Date(2026, time.May, 4, 0, 0, 0, 0, time.UTC)
			for i := range 5000 {
				l.admit(begin.Add(time.Duration(i) * 100 * time.Millisecond))
			}
			Expect(len(l.admitted)).To(BeNumerically("<=", 11))
			Expect(cap(l.admitted)).To(BeNumerically("<", 200))
		},
		Entry("with a limit", 10),
		Entry("without a limit", -1),
		Entry("of an account that may send nothing", 0),
	)
})
