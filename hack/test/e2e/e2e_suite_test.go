// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const (
	// timeout is for steps that take the operator or the cluster some seconds.
	timeout = time.Minute

	// longTimeout is for steps that wait for the end of pods or namespaces.
	longTimeout = 3 * time.Minute

	// setUpTimeout includes building the object store.
	setUpTimeout = 10 * time.Minute

	pollInterval = 200 * time.Millisecond
)

func TestE2E(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(timeout)
	SetDefaultEventuallyPollingInterval(pollInterval)
	EnforceDefaultTimeoutsWhenUsingContexts()
	RunSpecs(t, "The operator in a cluster")
}

// All specs are in one container, because the operator is installed first and removed last.
var _ = Describe("The operator", Ordered, ContinueOnFailure, func() {
	BeforeAll(func(ctx SpecContext) {
		prepare(ctx)
		install(ctx)
	}, NodeTimeout(setUpTimeout))

	reportFailures()
	describeInstallation()
	describeStart()
	describeRecordings()
	describeEvidence()
	describeHandOver()
	describeMetrics()
	describeRemoval()
})

// Each spec continues with the release as the previous one left it.
var _ = Describe("The chart", Ordered, func() {
	BeforeAll(func(ctx SpecContext) {
		prepare(ctx)
		// The first run builds Helm.
		_, err := tryHelm(ctx, "version")
		Expect(err).NotTo(HaveOccurred())
	}, NodeTimeout(setUpTimeout))

	reportFailures()
	describeChart()
})

// prepare starts the simulator, and registers the removal of everything that is installed.
func prepare(ctx SpecContext) {
	startSimulator(ctx)
	requireNoOperator(ctx)
	DeferCleanup(removeEverything)
}

func reportFailures() {
	JustAfterEach(func(ctx SpecContext) {
		if CurrentSpecReport().Failed() {
			report(ctx)
		}
	}, NodeTimeout(timeout))
}

func environment(name, byDefault string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return byDefault
}
