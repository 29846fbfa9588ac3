// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/testenv"
)

// receive makes the operator receive the simulator's notifications from its next start on.
func (e *environment) receive(ctx context.Context) {
	GinkgoHelper()
	address, err := testenv.FreeAddress(ctx)
	Expect(err).NotTo(HaveOccurred())
	e.arguments = append(e.arguments, "--notifications-bind-address="+address, "--notifications-namespace="+e.namespace)
	Expect(e.agora.SetNotifications(notify.Settings{
		Receiver: notify.Receiver{URL: "http://" + address, Secret: notificationSecret},
	})).To(Succeed())
}

// accepted counts the screenshots whose notifications were answered with 200.
func (e *environment) accepted() int {
	count := 0
	for _, delivery := range e.agora.Deliveries() {
		if delivery.EventType == notify.EventSnapshotFile && delivery.State == notify.DeliveryDone {
			count++
		}
	}
	return count
}

// journalled returns a function that counts the journal's ConfigMaps, whose notifications no
// status shows yet.
func (e *environment) journalled(ctx context.Context) func(Gomega) int {
	return func(g Gomega) int {
		list := &corev1.ConfigMapList{}
		g.Expect(k8sClient.List(ctx, list, client.InNamespace(e.namespace), client.HasLabels{v1alpha1.NotificationsLabel})).To(Succeed())
		return len(list.Items)
	}
}

var _ = Describe("An operator that is killed right after it accepted notifications", func() {
	It("leaves them to the next one", func(ctx context.Context) {
		e := newEnvironment(ctx)
		e.createSecret(ctx)
		e.receive(ctx)
		e.start(ctx)
		recording := e.record(0, 0)
		adopt(ctx, recording)
		var shots []v1alpha1.RecordedFile
		for i := range 50 {
			shot := fmt.Sprintf("shot-%d.jpg", i)
			shots = append(shots, v1alpha1.RecordedFile{FileName: shot})
			_, err := e.agora.SendNotification(recording.Spec.SID, notify.EventSnapshotFile, notify.Details{"fileName": shot})
			Expect(err).NotTo(HaveOccurred())
		}
		Eventually(e.accepted).WithPolling(time.Millisecond).Should(Equal(len(shots)))
		e.operator.Kill()
		AddReportEntry("left in the journal", e.journalled(ctx)(Default))

		e.start(ctx)
		Eventually(observe(ctx, recording)).Should(haveNamesOf(shots))
		Eventually(e.journalled(ctx)).Should(BeZero())
		Expect(string(e.logs.Contents())).NotTo(ContainSubstring(notificationSecret))
	})
})
