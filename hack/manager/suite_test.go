// SPDX-License-Identifier: Apache-2.0

package manager_test

import (
	"context"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/manager"
)

var (
	cluster *controlplane.ControlPlane
	// binary is the path of the operator.
	binary string
	// k8sClient reads and writes as a user does, without a cache.
	k8sClient client.Client
)

func TestManager(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(40 * time.Second)
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	ctrl.SetLogger(GinkgoLogr)
	RunSpecs(t, "The operator's process")
}

var _ = BeforeSuite(func(ctx context.Context) {
	folder, err := os.MkdirTemp("", "manager-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, folder)
	binary, err = manager.Build(ctx, folder)
	Expect(err).NotTo(HaveOccurred())

	cluster, err = controlplane.Start(ctx, controlplane.Options{CRDPaths: []string{"../../config/crd/bases"}})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() error { return cluster.Stop() })

	scheme := runtime.NewScheme()
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	k8sClient, err = client.New(cluster.Config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
})
