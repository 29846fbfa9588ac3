// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const secretName = "agora"

// newNamespace creates a namespace with a Secret with valid credentials. It is deleted after
// the spec.
func newNamespace(ctx context.Context, purpose string) string {
	GinkgoHelper()
	namespace := "e2e-" + purpose
	kubectl(ctx, "create", "namespace", namespace)
	DeferCleanup(func(ctx SpecContext) {
		kubectl(ctx, "delete", "namespace", namespace, "--ignore-not-found", "--timeout=2m")
	}, NodeTimeout(longTimeout))
	kubectl(ctx, "label", "namespace", namespace, specLabel+"=true")
	acceptCredentials(ctx, customerID, customerSecret)
	setSecret(ctx, namespace, customerSecret)
	return namespace
}

func setSecret(ctx context.Context, namespace, secret string) {
	GinkgoHelper()
	apply(ctx, fmt.Sprintf(`
apiVersion: v1
kind: Secret
metadata:
  name: %s
  namespace: %s
stringData:
  customerId: %s
  customerSecret: %s
  notificationSecret: %s
`, secretName, namespace, customerID, secret, notificationSecret))
}

// adopt starts a recording and creates an object that adopts it.
func adopt(ctx context.Context, namespace, name string) agorasim.Recording {
	GinkgoHelper()
	return adoptWith(ctx, namespace, name, agorasim.RecordingOptions{})
}

// adoptWith is adopt with options of the recording.
func adoptWith(ctx context.Context, namespace, name string, options agorasim.RecordingOptions) agorasim.Recording {
	GinkgoHelper()
	options.AppID, options.CName, options.UID, options.Mode = "e2e", namespace+"-"+name, "1", recorder.ModeMix
	recording := startRecording(ctx, options)
	apply(ctx, fmt.Sprintf(`
apiVersion: cloudrecording.dev/v1alpha1
kind: CloudRecording
metadata:
  name: %s
  namespace: %s
spec:
  appId: %s
  cname: %s
  uid: %q
  mode: %s
  resourceId: %s
  sid: %s
  credentialsSecretRef:
    name: %s
`, name, namespace, recording.AppID, recording.CName, recording.UID, recording.Mode, recording.ResourceID, recording.SID, secretName))
	return recording
}

// adoptAndWait adopts a recording and waits until the operator has seen that it runs.
func adoptAndWait(ctx context.Context, namespace, name string) agorasim.Recording {
	GinkgoHelper()
	recording := adopt(ctx, namespace, name)
	kubectl(ctx, "wait", "cloudrecording/"+name, "-n", namespace, "--for=jsonpath={.status.phase}=Recording", "--timeout=45s")
	return recording
}

func getRecording(ctx context.Context, namespace, name string) (v1alpha1.CloudRecording, error) {
	return get[v1alpha1.CloudRecording](ctx, "cloudrecording", name, "-n", namespace)
}

func patchSpec(ctx context.Context, namespace, name, spec string) {
	GinkgoHelper()
	kubectl(ctx, "patch", "cloudrecording", name, "-n", namespace, "--type=merge", "-p", `{"spec":`+spec+`}`)
}

// expectStoppedOnce expects that a recording has ended after a single stop request.
func expectStoppedOnce(ctx context.Context, sid string) {
	GinkgoHelper()
	recording, err := look(ctx, sid)
	Expect(err).NotTo(HaveOccurred())
	Expect(recording.Running).To(BeFalse())
	Expect(recording.StopRequests).To(Equal(1))
	Expect(recording.StopsTaken).To(Equal(1))
}
