// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/agora"
)

func TestAcquireRequest(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	server, requests := recorder(t)
	newTestClient(t, server.URL).Acquire(t.Context(), testCredentials(), toAcquire(), agora.ClientRequest{JSON: json.RawMessage(`{"scene":0}`)})
	seen := only(t, requests)
	g.Expect(seen.method).To(Equal(http.MethodPost))
	g.Expect(seen.uri).To(Equal("/v1/apps/4c8d2a91e07b4f53b6d1c0e9f7a83b25/cloud_recording/acquire"))
	g.Expect(seen.body).To(Equal(`{"cname":"lesson-42","uid":"527841","clientRequest":{"scene":0}}`))
	g.Expect(seen.header.Get("Content-Type")).To(Equal("application/json;charset=utf-8"))
}

func TestStartRequest(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	server, requests := recorder(t)
	newTestClient(t, server.URL).Start(t.Context(), testCredentials(), toStart(), startRequest())
	seen := only(t, requests)
	g.Expect(seen.method).To(Equal(http.MethodPost))
	g.Expect(seen.uri).To(Equal("/v1/apps/4c8d2a91e07b4f53b6d1c0e9f7a83b25/cloud_recording/resourceid/" + lessonResourceID + "/mode/mix/start"))
	g.Expect(seen.body).To(Equal(`{"cname":"lesson-42","uid":"527841","clientRequest":{"token":"` + channelToken + `"}}`))
}

func TestReasonHidesWhatIsSecretInARequest(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	body, err := json.Marshal(map[string]any{"code": 2, "reason": "token " + channelToken + strings.Repeat(" ", 200) + channelToken})
	g.Expect(err).NotTo(HaveOccurred())
	server := answering(t, http.StatusBadRequest, string(body))
	answer := newTestClient(t, server.URL).Start(t.Context(), testCredentials(), toStart(), startRequest())
	g.Expect(answer.Conclusion).To(Equal(agora.InvalidRequest))
	g.Expect(answer.Reason).To(HavePrefix("token [redacted]"))
	g.Expect(fmt.Sprintf("%+v", answer)).NotTo(ContainSubstring("s3cr3t"))
}
