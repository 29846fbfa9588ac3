// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/testenv"
)

var (
	cluster *controlplane.ControlPlane
	// binary is the path of the operator.
	binary string
	// k8sClient acts as a user does, without a cache.
	k8sClient client.Client
)

func TestProcess(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(40 * time.Second)
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	ctrl.SetLogger(GinkgoLogr)
	RunSpecs(t, "The operator's process")
}

var _ = BeforeSuite(func(ctx context.Context) {
	started, err := testenv.Start(ctx, testenv.Options{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() error { return started.Run() })
	cluster, binary, k8sClient = started.ControlPlane, started.Operator, started.Client
})
