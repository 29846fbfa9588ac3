// SPDX-License-Identifier: Apache-2.0

package objectstore_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/objectstore"
)

var _ = Describe("Azurite", func() {
	It("is told to be out of reach where Node.js is missing", func(ctx SpecContext) {
		GinkgoT().Setenv("PATH", GinkgoT().TempDir())

		_, err := objectstore.StartAzure(ctx)

		Expect(err).To(MatchError(objectstore.ErrNoNode))
		Expect(err).To(MatchError(ContainSubstring("install Node.js")))
	})
})
