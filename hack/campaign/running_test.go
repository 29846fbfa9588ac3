// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/campaign/faults"
	"cloudrecording.dev/operator/hack/campaign/plan"
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
			options:  plan.Options{Seed: 1, Recordings: 32, Duration: 18 * time.Second},
			Settings: faults.Settings{Folder: folder, Progress: GinkgoWriter},
		}.run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(reported.print(GinkgoWriter)).To(Succeed())
		for _, found := range reported.results {
			Expect(found.Violations).To(BeEmpty(), "%s; the logs are in %s", found.Promise, folder)
			Expect(found.Looked).To(BeNumerically(">", 0), found.Promise)
		}
		Expect(os.RemoveAll(folder)).To(Succeed())
	})
})
