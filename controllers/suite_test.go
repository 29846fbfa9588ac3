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
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/objectstore"
	"cloudrecording.dev/operator/hack/testenv"
)

var (
	cluster *controlplane.ControlPlane
	scheme  *runtime.Scheme
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

var _ = BeforeSuite(func(ctx context.Context) {
	environment, err := testenv.Start(ctx, testenv.Options{Bucket: true, WithoutOperator: true})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() error { return environment.Run() })
	cluster, bucketServer, k8sClient = environment.ControlPlane, environment.Bucket.Server, environment.Client
	scheme, err = testenv.NewScheme()
	Expect(err).NotTo(HaveOccurred())
})
