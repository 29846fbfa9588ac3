// SPDX-License-Identifier: Apache-2.0

package flux_test

import (
	"context"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	customerID     = "your-customer-id"
	customerSecret = "your-customer-secret"

	// intoBackup is the prefix of channels whose recordings stay in Agora's backup.
	intoBackup = "backup-"
)

var (
	k8sClient client.Client
	agora     *testenv.Agora
	bucket    *testenv.Bucket
)

func TestFlux(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(time.Minute)
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	ctrl.SetLogger(GinkgoLogr)
	RunSpecs(t, "Recordings that Flux applies")
}

// One operator runs for all specs. Each spec has its own namespace and channels.
var _ = BeforeSuite(func(ctx context.Context) {
	environment, err := testenv.Start(ctx, testenv.Options{Bucket: true})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(environment.Run)
	k8sClient, bucket = environment.Client, environment.Bucket
	agora, err = testenv.StartAgora(&environment.Cleanup, agorasim.Options{
		Credentials: map[string]string{customerID: customerSecret}, RequestsPerSecond: -1,
		Bucket: bucket.Bucket, UploadDuration: -1, StartupStep: -1,
		Scenario: func(start agorasim.StartRequest) agorasim.Scenario {
			if !strings.HasPrefix(start.CName, intoBackup) {
				return agorasim.Scenario{}
			}
			kept := &recorder.Upload{TransferAfter: metav1.Duration{Duration: -1}}
			return agorasim.Scenario{UploadingStatus: recorder.UploadingStatusBackuped, Upload: kept}
		},
	})
	Expect(err).NotTo(HaveOccurred())
	operator, err := testenv.StartOperator(ctx, testenv.OperatorOptions{
		Binary: environment.Operator, Kubeconfig: environment.ControlPlane.Kubeconfig, Output: GinkgoWriter,
		Arguments: []string{
			"--agora-endpoints", agora.URL, "--allowed-storage-endpoints", bucket.Server.Endpoint, "--requests-per-second", "500",
			"--poll-interval", "500ms", "--not-found-grace", "1s", "--upload-recheck-min", "200ms", "--upload-recheck-max", "500ms",
			"--upload-settle-time", "3s", "--allow-unsafe-timings",
		},
	})
	Expect(err).NotTo(HaveOccurred())
	environment.Add(operator.Stop)
})
