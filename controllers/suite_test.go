// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"flag"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/objectstore"
	"cloudrecording.dev/operator/hack/testenv"
)

var (
	// clusterConfig reaches the control plane, which all processes share. Whatever belongs
	// to a spec alone has the name of its namespace.
	clusterConfig *rest.Config
	scheme        *runtime.Scheme
	// k8sClient reads and writes as a user does, without a cache.
	k8sClient client.WithWatch
	// bucketServer is a real S3 server, in which each spec that needs one has a bucket.
	bucketServer *objectstore.Server
)

// TestMain has the first one of several processes alone run what are no specs.
func TestMain(m *testing.M) {
	flag.Parse()
	if suite, _ := GinkgoConfiguration(); suite.ParallelProcess > 1 {
		if err := flag.Set("test.run", "^TestControllers$"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestControllers(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(time.Minute)
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	SetDefaultConsistentlyPollingInterval(20 * time.Millisecond)
	ctrl.SetLogger(GinkgoLogr)
	RunSpecs(t, "Controllers")
}

// shared is what the first process has started for all.
var shared testenv.Cleanup

var _ = SynchronizedBeforeSuite(func(ctx context.Context) []byte {
	environment, err := testenv.Start(ctx, testenv.Options{WithoutOperator: true})
	Expect(err).NotTo(HaveOccurred())
	shared.Add(environment.Run)
	kubeconfig, err := os.ReadFile(environment.ControlPlane.Kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	return kubeconfig
}, func(ctx context.Context, kubeconfig []byte) {
	var err error
	clusterConfig, err = clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	k8sClient, err = testenv.NewClient(clusterConfig)
	Expect(err).NotTo(HaveOccurred())
	scheme, err = testenv.NewScheme()
	Expect(err).NotTo(HaveOccurred())
	bucketServer, err = objectstore.StartS3(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(bucketServer.Stop)
})

var _ = SynchronizedAfterSuite(func() {}, func() { Expect(shared.Run()).To(Succeed()) })
