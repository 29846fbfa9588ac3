// SPDX-License-Identifier: Apache-2.0

package main

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("A report", func() {
	It("fails on a violation, and on a check that looked at nothing", func() {
		Expect(report{results: []result{{looked: 1}}}.holds()).To(BeTrue())
		Expect(report{results: []result{{looked: 1}, {looked: 1, violations: []string{"Broken."}}}}.holds()).To(BeFalse())
		Expect(report{results: []result{{looked: 1}, {}}}.holds()).To(BeFalse())
		Expect(report{}.holds()).To(BeFalse())
	})
})
