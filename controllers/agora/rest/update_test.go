// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// stsToken is escaped in JSON, and must still be redacted.
const stsToken = `s3cr3t<"sts">&token==`

func updateRequest() agora.ClientRequest {
	encoded, err := json.Marshal(map[string]any{"storageConfig": map[string]any{"stsToken": stsToken}})
	if err != nil {
		panic(err)
	}
	return agora.ClientRequest{JSON: encoded, Secrets: []string{stsToken}}
}

func layoutRequest() agora.ClientRequest {
	return agora.ClientRequest{JSON: json.RawMessage(`{"mixedVideoLayout":1,"backgroundColor":"#336699"}`)}
}

// updates returns the two methods, which differ only in their names.
func updates() map[agora.Method]func(*Client, *testing.T, agora.Recording, agora.ClientRequest) agora.Answer {
	return map[agora.Method]func(*Client, *testing.T, agora.Recording, agora.ClientRequest) agora.Answer{
		agora.MethodUpdate: func(c *Client, t *testing.T, recording agora.Recording, request agora.ClientRequest) agora.Answer {
			t.Helper()
			return c.Update(t.Context(), testCredentials(), recording, request)
		},
		agora.MethodUpdateLayout: func(c *Client, t *testing.T, recording agora.Recording, request agora.ClientRequest) agora.Answer {
			t.Helper()
			return c.UpdateLayout(t.Context(), testCredentials(), recording, request)
		},
	}
}

func TestUpdateRequests(t *testing.T) {
	t.Parallel()
	const body = `{"cname":"lesson-42","uid":"527841","clientRequest":{"mixedVideoLayout":1,"backgroundColor":"#336699"}}`
	for method, update := range updates() {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			server, requests := recorder(t)
			answer := update(newTestClient(t, server.URL), t, aRecording(), layoutRequest())
			g.Expect(answer.Method).To(Equal(method))
			g.Expect(answer.Conclusion).To(Equal(agora.Succeeded))
			header := lessonHeader()
			header.Set("Content-Length", fmt.Sprint(len(body)))
			g.Expect(only(t, requests)).To(Equal(received{
				method: "POST",
				uri:    lessonPath + string(method),
				host:   server.Listener.Addr().String(),
				header: header,
				length: int64(len(body)),
				body:   body,
			}))
		})
	}
}

func TestUpdateHasTheModeInItsPath(t *testing.T) {
	t.Parallel()
	for _, mode := range []v1alpha1.RecordingMode{v1alpha1.IndividualMode, v1alpha1.MixMode, v1alpha1.WebMode} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			server, requests := recorder(t)
			recording := aRecording()
			recording.Mode = mode
			newTestClient(t, server.URL).Update(t.Context(), testCredentials(), recording, updateRequest())
			g.Expect(only(t, requests).uri).To(HaveSuffix("/mode/" + string(mode) + "/update"))
		})
	}
}

func TestUpdateLayoutIsForModeMixOnly(t *testing.T) {
	t.Parallel()
	for _, mode := range []v1alpha1.RecordingMode{v1alpha1.IndividualMode, v1alpha1.WebMode, ""} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			server, requests := recorder(t)
			recording := aRecording()
			recording.Mode = mode
			answer := newTestClient(t, server.URL).UpdateLayout(t.Context(), testCredentials(), recording, layoutRequest())
			g.Expect(answer).To(Equal(agora.Answer{
				Method: agora.MethodUpdateLayout, Conclusion: agora.InvalidRequest, Reason: "only a recording in mode mix has a layout",
			}))
			g.Expect(requests).To(BeEmpty())
		})
	}
}

func TestUpdateIsNotSentWithoutASID(t *testing.T) {
	t.Parallel()
	for method, update := range updates() {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			server, requests := recorder(t)
			answer := update(newTestClient(t, server.URL), t, toStart(), updateRequest())
			g.Expect(answer.Conclusion).To(Equal(agora.InvalidRequest))
			g.Expect(answer.Reason).To(Equal(fmt.Sprintf("build the URL of %s: %q cannot be a part of the path", method, "")))
			g.Expect(requests).To(BeEmpty())
		})
	}
}

func TestAnswerToAnUpdateHidesWhatIsSecretInIt(t *testing.T) {
	t.Parallel()
	for method, update := range updates() {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			body, err := json.Marshal(map[string]any{"code": 2, "reason": "token " + stsToken + strings.Repeat(" ", 210) + stsToken})
			g.Expect(err).NotTo(HaveOccurred())
			server := answering(t, http.StatusBadRequest, string(body))
			answer := update(newTestClient(t, server.URL), t, aRecording(), updateRequest())
			g.Expect(answer.Conclusion).To(Equal(agora.InvalidRequest))
			g.Expect(answer.Reason).To(HavePrefix("token [redacted]"))
			g.Expect(fmt.Sprintf("%+v", answer)).NotTo(ContainSubstring("s3cr3t"))
		})
	}
}

func TestUpdateWithoutAnAnswerIsNotKnown(t *testing.T) {
	t.Parallel()
	for method, update := range updates() {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			server := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			answer := update(newTestClient(t, server.URL), t, aRecording(), updateRequest())
			g.Expect(answer.Conclusion).To(Equal(agora.NotKnown))
			g.Expect(answer.Reason).To(Equal("the connection ended before the whole answer had arrived"))
		})
	}
}
