// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

func describeStart() {
	It("starts a recording from a manifest, stops it by an edit, and finds its files", func(ctx SpecContext) {
		requireStore()
		namespace := newNamespace(ctx, "start")
		setStartSecrets(ctx, namespace)
		applyStart(ctx, namespace)
		recording := waitForStart(ctx, namespace)
		Expect(kubectl(ctx, "get", "crec", "-n", namespace)).To(ContainSubstring("Recording"))

		patchSpec(ctx, namespace, "lesson", `{"state":"Stopped"}`)

		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Uploaded", "--timeout=45s")
		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Verified", "--timeout=45s")
		expectUploadedBy(ctx, namespace, v1alpha1.ReportedByAgoraReason)
		expectStoppedOnce(ctx, recording.SID)
		files := kubectl(ctx, "get", "crec", "lesson", "-n", namespace, "-o", `jsonpath={range .status..fileList[*]}{.fileName}{"\n"}{end}`)
		Expect(files).To(MatchRegexp(`^lessons/%s_.*\.m3u8\n`, recording.SID))
	}, SpecTimeout(longTimeout))

	It("says which Secret is missing for a start, and goes on once it is there", func(ctx SpecContext) {
		requireStore()
		namespace := newNamespace(ctx, "token")
		setStartSecrets(ctx, namespace)
		kubectl(ctx, "delete", "secret", "token", "-n", namespace)
		applyStart(ctx, namespace)
		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Stalled", "--timeout=45s")
		object, err := getRecording(ctx, namespace, "lesson")
		Expect(err).NotTo(HaveOccurred())
		Expect(meta.FindStatusCondition(object.Status.Conditions, v1alpha1.StalledCondition)).To(And(
			HaveField("Reason", v1alpha1.StartSecretNotFoundReason),
			HaveField("Message", ContainSubstring(`Secret "token" does not exist`))))
		Expect(recordingsOf(ctx, namespace)).To(BeEmpty())

		setStartSecrets(ctx, namespace)

		waitForStart(ctx, namespace)
	}, SpecTimeout(longTimeout))

	It("stops what it has started where the object is deleted", func(ctx SpecContext) {
		requireStore()
		namespace := newNamespace(ctx, "deleted")
		setStartSecrets(ctx, namespace)
		applyStart(ctx, namespace)
		recording := waitForStart(ctx, namespace)

		kubectl(ctx, "delete", "crec", "lesson", "-n", namespace, "--timeout=60s")

		expectStoppedOnce(ctx, recording.SID)
		Eventually(func(g Gomega) {
			finalizers, err := tryKubectl(ctx, "get", "secrets", "-n", namespace, "-o", "jsonpath={.items[*].metadata.finalizers}")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(finalizers).To(BeEmpty())
		}).WithContext(ctx).Should(Succeed())
	}, SpecTimeout(longTimeout))

	It("starts one recording where the leader goes meanwhile", func(ctx SpecContext) {
		requireStore()
		namespace := newNamespace(ctx, "leader")
		setStartSecrets(ctx, namespace)
		addFault(ctx, faults.Fault{
			Method: faults.MethodStart, CName: startedChannel(namespace), Times: 1,
			DelayBeforeReply: metav1.Duration{Duration: 5 * time.Second},
		})
		applyStart(ctx, namespace)
		Eventually(func(g Gomega) {
			started, err := tryRecordingsOf(ctx, namespace)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(started).To(HaveLen(1))
		}).WithContext(ctx).Should(Succeed())

		deleteLeader(ctx)

		recording := waitForStart(ctx, namespace)
		Expect(recording.StopRequests).To(BeZero())
		patchSpec(ctx, namespace, "lesson", `{"state":"Stopped"}`)
		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Uploaded", "--timeout=45s")
		expectStoppedOnce(ctx, recording.SID)
		waitForPods(ctx)
	}, SpecTimeout(longTimeout))
}

// setStartSecrets creates the Secrets in the manifest of applyStart.
func setStartSecrets(ctx context.Context, namespace string) {
	GinkgoHelper()
	apply(ctx, fmt.Sprintf(`
apiVersion: v1
kind: Secret
metadata:
  name: token
  namespace: %[1]s
stringData:
  token: e2e-token
---
apiVersion: v1
kind: Secret
metadata:
  name: bucket
  namespace: %[1]s
stringData:
  accessKey: %[2]s
  secretKey: %[3]s
`, namespace, store.reader.AccessKey, store.reader.SecretKey))
}

// applyStart applies the manifest of a recording that is to be started. The simulator writes
// the files whatever key it gets, so the reader's key is sufficient.
func applyStart(ctx context.Context, namespace string) {
	GinkgoHelper()
	apply(ctx, fmt.Sprintf(`
apiVersion: cloudrecording.dev/v1alpha1
kind: CloudRecording
metadata:
  name: lesson
  namespace: %s
spec:
  appId: e2e
  cname: %s
  uid: "1"
  mode: mix
  credentialsSecretRef:
    name: %s
  start:
    tokenSecretRef:
      name: token
    recordingConfig:
      channelType: 1
      maxIdleTime: 300
  storage:
    vendor: 11
    region: 0
    endpoint: %s
    bucket: %s
    fileNamePrefix: [lessons]
    credentialsSecretRef:
      name: bucket
`, namespace, startedChannel(namespace), secretName, store.endpoint, store.bucket))
}

func startedChannel(namespace string) string { return namespace + "-lesson" }

// waitForStart waits until the recording of applyStart is running, and returns it. It must be
// the only one of its channel.
func waitForStart(ctx context.Context, namespace string) agorasim.Recording {
	GinkgoHelper()
	kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Ready", "--timeout=90s")
	object, err := getRecording(ctx, namespace, "lesson")
	Expect(err).NotTo(HaveOccurred())
	Expect(object.Status.Phase).To(Equal(v1alpha1.PhaseRecording))
	started := recordingsOf(ctx, namespace)
	Expect(started).To(ConsistOf(And(HaveField("SID", object.Status.SID), HaveField("Running", true))))
	return started[0]
}

// recordingsOf returns the recordings that were started for the channel of applyStart.
func recordingsOf(ctx context.Context, namespace string) []agorasim.Recording {
	GinkgoHelper()
	recordings, err := tryRecordingsOf(ctx, namespace)
	Expect(err).NotTo(HaveOccurred())
	return recordings
}

func tryRecordingsOf(ctx context.Context, namespace string) ([]agorasim.Recording, error) {
	var all, ofChannel []agorasim.Recording
	if err := ask(ctx, http.MethodGet, "/recordings", nil, &all); err != nil {
		return nil, err
	}
	for _, recording := range all {
		if recording.CName == startedChannel(namespace) {
			ofChannel = append(ofChannel, recording)
		}
	}
	return ofChannel, nil
}
