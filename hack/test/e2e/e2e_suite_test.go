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
	// timeout is for what takes the operator or the cluster some seconds.
	timeout = time.Minute

	// longTimeout is for what waits for pods to end or namespaces to go.
	longTimeout = 3 * time.Minute

	// setUpTimeout is for building the object store beside.
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

// All specs are of one container, since the operator is installed first and
// removed last.
var _ = Describe("The operator", Ordered, ContinueOnFailure, func() {
	BeforeAll(func(ctx SpecContext) {
		startSimulator(ctx)
		requireNoOperator(ctx)
		DeferCleanup(removeEverything)
		install(ctx)
	}, NodeTimeout(setUpTimeout))

	JustAfterEach(func(ctx SpecContext) {
		if CurrentSpecReport().Failed() {
			report(ctx)
		}
	}, NodeTimeout(timeout))

	describeInstallation()
	describeStart()
	describeRecordings()
	describeEvidence()
	describeHandOver()
	describeMetrics()
	describeRemoval()
	describeChart()
})

func environment(name, byDefault string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return byDefault
}
