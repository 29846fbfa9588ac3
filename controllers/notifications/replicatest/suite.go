// SPDX-License-Identifier: Apache-2.0

package replicatest

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/controlplane"
)

// Run runs the specs of a package, with time limits that suit a busy machine.
func Run(t *testing.T, name string) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(time.Minute)
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	SetDefaultConsistentlyDuration(300 * time.Millisecond)
	SetDefaultConsistentlyPollingInterval(20 * time.Millisecond)
	ctrl.SetLogger(GinkgoLogr)
	RunSpecs(t, name)
}

// StartControlPlane starts a control plane that ends with the suite. The client reads and
// writes without a cache.
func StartControlPlane(ctx context.Context) (*controlplane.ControlPlane, client.WithWatch) {
	GinkgoHelper()
	cluster, err := controlplane.Start(ctx, controlplane.Options{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() error { return cluster.Stop() })
	k8sClient, err := client.NewWithWatch(cluster.Config, client.Options{Scheme: clientgoscheme.Scheme})
	Expect(err).NotTo(HaveOccurred())
	return cluster, k8sClient
}
