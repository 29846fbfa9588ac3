// SPDX-License-Identifier: Apache-2.0

package main

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/campaign/check"
)

var _ = Describe("A report", func() {
	It("fails on a violation, and on a check that looked at nothing", func() {
		Expect(report{results: []check.Result{{Looked: 1}}}.holds()).To(BeTrue())
		Expect(report{results: []check.Result{{Looked: 1}, {Looked: 1, Violations: []string{"Broken."}}}}.holds()).To(BeFalse())
		Expect(report{results: []check.Result{{Looked: 1}, {}}}.holds()).To(BeFalse())
		Expect(report{}.holds()).To(BeFalse())
	})
})
