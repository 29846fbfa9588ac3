// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

var _ = Describe("metrics", func() {
	It("count recordings by phase, requests by result, and how long a stop is overdue", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		running, toStop := e.record("running", nil), e.record("to-stop", nil)
		e.adopt(ctx, running)
		e.adopt(ctx, toStop)
		Eventually(func() error {
			return testutil.GatherAndCompare(e.registry, strings.NewReader(`
# HELP cloudrecording_recordings Recordings by phase.
# TYPE cloudrecording_recordings gauge
cloudrecording_recordings{phase="Completed"} 0
cloudrecording_recordings{phase="Failed"} 0
cloudrecording_recordings{phase="Pending"} 0
cloudrecording_recordings{phase="Recording"} 2
cloudrecording_recordings{phase="Scheduled"} 0
cloudrecording_recordings{phase="Starting"} 0
cloudrecording_recordings{phase="Stopping"} 0
cloudrecording_recordings{phase="Uploading"} 0
`), "cloudrecording_recordings")
		}).Should(Succeed())

		e.fault(faults.Fault{Method: faults.MethodStop, Effect: faults.EffectGatewayPage})
		patch(ctx, toStop, wantStopped)
		Eventually(e.metric("cloudrecording_stop_overdue_seconds")).Should(BeNumerically(">", 1))
		e.agora.ClearFaults()
		Eventually(e.metric("cloudrecording_stop_overdue_seconds")).Should(BeZero())

		names, err := testutil.GatherAndCount(e.registry, "cloudrecording_agora_requests_total",
			"cloudrecording_agora_request_duration_seconds", "cloudrecording_agora_budget_wait_seconds",
			"cloudrecording_stop_duration_seconds", "cloudrecording_upload_confirm_duration_seconds")
		Expect(err).NotTo(HaveOccurred())
		Expect(names).To(BeNumerically(">=", 8))
	})
})
