// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// notificationSecret signs the simulator's notifications.
const notificationSecret = "e2e-notifications"

func describeEvidence() {
	It("finds the files in the bucket once Agora has transferred them from its backup", func(ctx SpecContext) {
		requireStore()
		namespace := newNamespace(ctx, "bucket")
		kubectl(ctx, "create", "secret", "generic", "bucket-reader", "-n", namespace,
			"--from-literal=accessKey="+store.reader.AccessKey, "--from-literal=secretKey="+store.reader.SecretKey)
		recording := adoptWith(ctx, namespace, "lesson", backedUp(false))
		patchSpec(ctx, namespace, "lesson", fmt.Sprintf(
			`{"state":"Stopped","storage":{"vendor":11,"region":0,"endpoint":%q,"bucket":%q,"readCredentialsSecretRef":{"name":"bucket-reader"}}}`,
			store.endpoint, store.bucket))
		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Verified=False", "--timeout=45s")

		transfer(ctx, recording)

		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Uploaded", "--timeout=45s")
		expectUploadedBy(ctx, namespace, v1alpha1.VerifiedInStorageReason)
		expectStoppedOnce(ctx, recording.SID)
	}, SpecTimeout(longTimeout))

	It("hears from Agora, through the Service, that files are uploaded", func(ctx SpecContext) {
		requireStore()
		notifyThroughService(ctx)
		namespace := newNamespace(ctx, "notification")
		recording := adoptWith(ctx, namespace, "lesson", backedUp(true))
		patchSpec(ctx, namespace, "lesson", `{"state":"Stopped"}`)
		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=jsonpath={.status.uploadingStatus}=backuped", "--timeout=45s")

		transfer(ctx, recording)

		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Uploaded", "--timeout=45s")
		expectUploadedBy(ctx, namespace, v1alpha1.NotifiedByAgoraReason)
		expectNothingJournalled(ctx)
	}, SpecTimeout(longTimeout))

	It("records what any replica accepted, and nothing is lost when the leader goes", func(ctx SpecContext) {
		notifyThroughService(ctx)
		namespace := newNamespace(ctx, "replicas")
		recording := adoptAndWait(ctx, namespace, "lesson")
		const count = 20
		var names []string
		for i := range count {
			name := fmt.Sprintf("shot-%d.jpg", i)
			names = append(names, name)
			event := map[string]any{"eventType": 45, "details": map[string]any{"fileName": name}}
			Expect(ask(ctx, http.MethodPost, "/recordings/"+recording.SID+"/notify", event, nil)).To(Succeed())
		}
		Eventually(func(g Gomega) []int { return answers(ctx, g, recording.SID, 45) }).WithContext(ctx).
			Should(And(HaveLen(count), HaveEach(http.StatusOK)))
		deleteLeader(ctx)
		Eventually(func(g Gomega) []string {
			object, err := getRecording(ctx, namespace, "lesson")
			g.Expect(err).NotTo(HaveOccurred())
			var known []string
			for _, file := range object.Status.FileList {
				known = append(known, file.FileName)
			}
			return known
		}).WithContext(ctx).Should(ContainElements(names))
		expectNothingJournalled(ctx)
		waitForPods(ctx)
	}, SpecTimeout(longTimeout))
}

// requireStore skips a spec if a simulator was given, because its bucket is unknown.
func requireStore() {
	GinkgoHelper()
	if store.endpoint == "" {
		Skip("AGORA_ENDPOINT is set: that simulator's bucket is not known")
	}
}

// backedUp leaves files in Agora's backup until they are transferred on demand.
func backedUp(announceTransfer bool) agorasim.RecordingOptions {
	return agorasim.RecordingOptions{Scenario: agorasim.Scenario{
		UploadingStatus: recorder.UploadingStatusBackuped,
		Upload:          &recorder.Upload{TransferAfter: metav1.Duration{Duration: -1}, AnnounceTransfer: announceTransfer},
	}}
}

func transfer(ctx context.Context, recording agorasim.Recording) {
	GinkgoHelper()
	Expect(ask(ctx, http.MethodPost, "/recordings/"+recording.SID+"/transfer", nil, nil)).To(Succeed())
}

// notifyThroughService makes the simulator send notifications to the Service.
func notifyThroughService(ctx context.Context) {
	GinkgoHelper()
	service, err := get[corev1.Service](ctx, "service", receiverName, "-n", systemNamespace)
	Expect(err).NotTo(HaveOccurred())
	receiver := notify.Settings{Receiver: notify.Receiver{
		URL:    fmt.Sprintf("http://%s:%d/agora", reachableAddress(), service.Spec.Ports[0].NodePort),
		Secret: notificationSecret,
	}}
	Expect(ask(ctx, http.MethodPut, "/notifications", receiver, nil)).To(Succeed())
}

// answers returns the statuses of the latest answers to notifications.
func answers(ctx context.Context, g Gomega, sid string, eventType int) []int {
	var deliveries []notify.Delivery
	g.Expect(ask(ctx, http.MethodGet, "/notifications/deliveries", nil, &deliveries)).To(Succeed())
	var statuses []int
	for _, delivery := range deliveries {
		if delivery.SID == sid && delivery.EventType == eventType && len(delivery.Attempts) > 0 {
			statuses = append(statuses, delivery.Attempts[len(delivery.Attempts)-1].Status)
		}
	}
	return statuses
}

func expectUploadedBy(ctx context.Context, namespace, reason string) {
	GinkgoHelper()
	object, err := getRecording(ctx, namespace, "lesson")
	Expect(err).NotTo(HaveOccurred())
	Expect(object.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
	Expect(meta.FindStatusCondition(object.Status.Conditions, v1alpha1.UploadedCondition)).To(HaveField("Reason", reason))
}

// expectNothingJournalled waits until every accepted notification is recorded.
func expectNothingJournalled(ctx context.Context) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		left, err := tryKubectl(ctx, "get", "configmaps", "-n", systemNamespace, "-l", v1alpha1.NotificationsLabel, "-o", "name")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(left).To(BeEmpty())
	}).WithContext(ctx).Should(Succeed())
}
