// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// handOverLimit is far below the lease duration of a minute, for which another pod would wait
// if the leader did not release its lease.
const handOverLimit = 20 * time.Second

func describeHandOver() {
	It("goes on with another leader within seconds", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "handover")
		recording := adoptAndWait(ctx, namespace, "lesson")

		took := deleteLeader(ctx)

		AddReportEntry("hand-over of an idle leader", took.Round(10*time.Millisecond))
		patchSpec(ctx, namespace, "lesson", `{"state":"Stopped"}`)
		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Uploaded", "--timeout=45s")
		expectStoppedOnce(ctx, recording.SID)
		waitForPods(ctx)
	}, SpecTimeout(longTimeout))

	It("loses no answer to a stop that is under way", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "answer")
		recording := adoptAndWait(ctx, namespace, "lesson")
		addFault(ctx, faults.Fault{
			Method: faults.MethodStop, SID: recording.SID, Times: 1, DelayBeforeReply: metav1.Duration{Duration: 5 * time.Second},
		})
		patchSpec(ctx, namespace, "lesson", `{"state":"Stopped"}`)
		Eventually(func(g Gomega) {
			state, err := look(ctx, recording.SID)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(state.StopRequests).To(Equal(1))
		}).WithContext(ctx).Should(Succeed())

		took := deleteLeader(ctx)

		AddReportEntry("hand-over during a stop", took.Round(10*time.Millisecond))
		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Uploaded", "--timeout=45s")
		object, err := getRecording(ctx, namespace, "lesson")
		Expect(err).NotTo(HaveOccurred())
		Expect(object.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
		Expect(object.Status.FileList).NotTo(BeEmpty())
		expectStoppedOnce(ctx, recording.SID)
		waitForPods(ctx)
	}, SpecTimeout(longTimeout))
}

// deleteLeader deletes the leader's pod, and returns the time until another pod held the lease.
func deleteLeader(ctx context.Context) time.Duration {
	GinkgoHelper()
	before := waitForLeader(ctx)
	began := time.Now()
	kubectl(ctx, "delete", "pod", before, "-n", systemNamespace, "--wait=false")
	Eventually(func(g Gomega) {
		after, err := leader(ctx)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(after).NotTo(Or(BeEmpty(), Equal(before)))
	}).WithContext(ctx).WithTimeout(handOverLimit).Should(Succeed())
	return time.Since(began)
}

// waitForPods waits until both pods are ready again.
func waitForPods(ctx context.Context) {
	GinkgoHelper()
	kubectl(ctx, "rollout", "status", "deployment/"+managerName, "-n", systemNamespace, "--timeout=90s")
}
