// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/command"
)

func TestCampaign(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "The fault campaign")
}

var _ = Describe("A short campaign", func() {
	It("finds every promise kept", func(ctx context.Context) {
		command.SilenceLibraries()
		folder, err := os.MkdirTemp("", "campaign-")
		Expect(err).NotTo(HaveOccurred())
		reported, err := campaign{
			options:  planOptions{seed: 1, recordings: 32, duration: 18 * time.Second},
			settings: settings{folder: folder, progress: GinkgoWriter},
		}.run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(reported.print(GinkgoWriter)).To(Succeed())
		for _, found := range reported.results {
			Expect(found.violations).To(BeEmpty(), "%s; the logs are in %s", found.promise, folder)
			Expect(found.looked).To(BeNumerically(">", 0), found.promise)
		}
		Expect(os.RemoveAll(folder)).To(Succeed())
	})
})
