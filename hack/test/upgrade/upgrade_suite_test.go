// SPDX-License-Identifier: Apache-2.0

//go:build upgrade

package upgrade

import (
	"context"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	// timeout is for steps that take the operator and Agora some seconds.
	timeout = 90 * time.Second

	pollInterval = 100 * time.Millisecond

	// requestLogSize exceeds the number of requests of all replicas.
	requestLogSize = 1 << 20
)

var (
	plane     *controlplane.ControlPlane
	k8sClient client.Client
	bucket    *testenv.Bucket
	agora     *testenv.Agora
)

func TestUpgrade(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(timeout)
	SetDefaultEventuallyPollingInterval(pollInterval)
	ctrl.SetLogger(GinkgoLogr)
	RunSpecs(t, "An upgrade")
}

// startServers starts the servers that the operators use.
func startServers(ctx context.Context) {
	GinkgoHelper()
	cleanup := &testenv.Cleanup{}
	DeferCleanup(cleanup.Run)
	var err error
	plane, err = controlplane.Start(ctx, controlplane.Options{})
	Expect(err).NotTo(HaveOccurred())
	cleanup.Add(plane.Stop)
	k8sClient, err = testenv.NewClient(plane.Config)
	Expect(err).NotTo(HaveOccurred())
	bucket, err = testenv.StartBucket(ctx, cleanup)
	Expect(err).NotTo(HaveOccurred())
	agora, err = testenv.StartAgora(cleanup, agorasim.Options{
		Credentials:       map[string]string{customerID: customerSecret},
		AppCertificates:   map[string]string{appIDOf("profiled"): appCertificate},
		RequestsPerSecond: -1, RequestLogSize: requestLogSize, StartupStep: 200 * time.Millisecond,
		Bucket: bucket.Bucket, Slices: 4,
	})
	Expect(err).NotTo(HaveOccurred())
}

// notifyThrough makes Agora send notifications to a Service.
func notifyThrough(s *service) {
	GinkgoHelper()
	Expect(agora.SetNotifications(notify.Settings{Receiver: notify.Receiver{URL: s.URL, Secret: notificationSecret}})).To(Succeed())
}

// origin is the commit from which to upgrade, and to which to roll back.
func origin() string {
	GinkgoHelper()
	commit := os.Getenv("FROM")
	Expect(commit).NotTo(BeEmpty(), "set FROM to the commit to upgrade from")
	return commit
}
