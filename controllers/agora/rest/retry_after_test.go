// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/agora"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for text, wanted := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"7":                             7 * time.Second,
		" 120 ":                         2 * time.Minute,
		"-1":                            0,
		"1.5":                           0,
		"99999999999999999999":          0,
		"soon":                          0,
		"Sun, 01 Mar 2026 09:00:30 GMT": 30 * time.Second,
		"Sun, 01 Mar 2026 08:00:00 GMT": 0,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(retryAfter(http.Header{"Retry-After": {text}}, now)).To(Equal(wanted))
		})
	}
}

func TestAnswerSaysHowLongAgoraAsksToWait(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	client := newTestClient(t, "https://agora.example.com")
	client.http.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
		response := respond(http.StatusTooManyRequests, `{"message":"API rate limit exceeded"}`)
		response.Header.Set("Retry-After", "3")
		return response, nil
	})
	answer := client.Stop(t.Context(), testCredentials(), aRecording(), false)
	g.Expect(answer.Conclusion).To(Equal(agora.RateLimited))
	g.Expect(answer.RetryAfter).To(Equal(3 * time.Second))
}
