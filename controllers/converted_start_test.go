// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/hack/convert/conversion"
)

// agoraDefaults are the members that the API server fills in where a body does
// not state them, with the values that Agora documents for their absence.
var agoraDefaults = map[string]any{
	"channelType": 0.0, "streamTypes": 2.0, "videoStreamType": 0.0, "maxIdleTime": 30.0, "decryptionMode": 0.0,
	"alpha": 1.0, "render_mode": 0.0, "resourceExpiredHour": 72.0,
}

// fillIn adds to what is wanted the defaults that were sent in addition.
func fillIn(wanted, sent any) {
	switch wanted := wanted.(type) {
	case map[string]any:
		sent, _ := sent.(map[string]any)
		for name, value := range sent {
			if _, stated := wanted[name]; !stated && agoraDefaults[name] == value {
				wanted[name] = value
			}
			fillIn(wanted[name], value)
		}
	case []any:
		sent, _ := sent.([]any)
		for i := range min(len(wanted), len(sent)) {
			fillIn(wanted[i], sent[i])
		}
	}
}

// expectRequest compares a clientRequest that is sent with that of a body.
func expectRequest(request agora.ClientRequest, body []byte) {
	GinkgoHelper()
	var wanted struct {
		ClientRequest any `json:"clientRequest"`
	}
	Expect(json.Unmarshal(body, &wanted)).To(Succeed())
	var sent any
	Expect(json.Unmarshal(request.JSON, &sent)).To(Succeed())
	fillIn(wanted.ClientRequest, sent)
	Expect(sent).To(Equal(wanted.ClientRequest))
}

// apply creates the manifests, and returns the recording as the API server has it.
func apply(ctx context.Context, manifests []byte) *v1alpha1.CloudRecording {
	GinkgoHelper()
	recording := &v1alpha1.CloudRecording{}
	for _, document := range bytes.Split(manifests, []byte("---\n")) {
		object := &unstructured.Unstructured{}
		Expect(yaml.Unmarshal(document, object)).To(Succeed())
		Expect(k8sClient.Create(ctx, object)).To(Succeed())
		if object.GetKind() == "CloudRecording" {
			recording.Namespace, recording.Name = object.GetNamespace(), object.GetName()
		}
	}
	return observe(ctx, recording)(Default)
}

var _ = Describe("the body of a request to Agora that was converted", func() {
	folder := filepath.Join("..", "hack", "convert", "conversion", "testdata")
	bodies, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		panic(err)
	}
	It("is one of several", func() { Expect(len(bodies)).To(BeNumerically(">", 5)) })
	for _, start := range bodies {
		name := strings.TrimSuffix(filepath.Base(start), ".json")
		if strings.HasSuffix(name, ".acquire") {
			continue
		}
		It("is what the operator sends again: "+name, func(ctx context.Context) {
			body, err := os.ReadFile(start)
			Expect(err).NotTo(HaveOccurred())
			acquire, err := os.ReadFile(filepath.Join(folder, name+".acquire.json"))
			if err != nil && !os.IsNotExist(err) {
				Expect(err).NotTo(HaveOccurred())
			}
			manifests, _, err := conversion.Convert(conversion.Bodies{Start: body, Acquire: acquire}, conversion.Options{
				AppID: "0123456789abcdef0123456789abcdef", Name: "lesson", Namespace: createNamespace(ctx), Credentials: "agora",
			})
			Expect(err).NotTo(HaveOccurred())
			recording := apply(ctx, manifests)

			secrets, err := secrets.ReadStart(ctx, secrets.NewStartStore(k8sClient, k8sClient), recording)
			Expect(err).NotTo(HaveOccurred())
			request, err := clientrequest.Start(recording, secrets)
			Expect(err).NotTo(HaveOccurred())
			expectRequest(request, body)
			if len(acquire) > 0 {
				request, err = clientrequest.Acquire(recording)
				Expect(err).NotTo(HaveOccurred())
				expectRequest(request, acquire)
			}
		})
	}
})
