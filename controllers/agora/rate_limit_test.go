// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
)

// limiting returns texts about the number of requests, whatever the code.
func limiting() []string {
	return []string{
		"API rate limit exceeded",
		"rate limit",
		"Rate limited, slow down",
		"rate-limiting in effect",
		"rate_limit_exceeded",
		"rateLimitExceeded",
		"ratelimit exceeded",
		"too many requests",
		"Too Many Requests!",
		"too_many_requests",
		"too many API requests",
		"too many calls",
		"request is too frequent",
		"You call the API too frequently.",
		"request rate exceeds 10% of the peak concurrent task limit",
		"the request frequency is over the limit",
		"request limit reached",
		"requests per second: 6 of 5",
		"more than 5 requests per second",
		"requests exceed the quota",
		"the number of requests is over 5 in a second",
		"rate of requests is too high",
		"qps limit",
		"QPS is over 5",
		"throttled",
		"request was throttled by the gateway",
	}
}

// limitingWithoutCode returns texts that are about the number of requests only if they
// come from the gateway, which knows no parameters.
func limitingWithoutCode() []string {
	return []string{
		"limit exceeded",
		"over the limit",
		"the rate is too high",
		"quota exceeded",
		"concurrent task limit",
		"exceeds 10% of the peak concurrent task limit",
		"limited",
	}
}

// wrong returns texts about an invalid request, some of which contain similar words.
func wrong() []string {
	return []string{
		"",
		"invalid resourceExpiredHour",
		"Acquire: invalid resourceExpiredHour value!",
		"invalid bitrate",
		"bitrate",
		"bitrate exceeds the limit",
		"videoBitrate is over the limit of 8000",
		"frame rate",
		"frame rate limit is 60",
		"frameRate is out of range",
		"invalid frame_rate",
		"invalid bit rate",
		"the sample rate must be one of 48000, 32000, 16000",
		"invalid sampleRate",
		"fps limit",
		"too many uids in request",
		"too many subscribeAudioUids",
		"Invalid request: width exceeds the limit",
		"invalid request: limit of uids is 32",
		"Bad request: number of uids exceeds 32",
		"invalid call parameter limit",
		"request_hash mismatch!",
		"invalid parameter: maxIdleTime limit is 2592000",
		"fileNamePrefix length is over the limit",
		"operate",
		"corporate account",
		"unlimited",
		"invalid generateRequest",
		"appid is invalid",
		"webResource is not allowed for this scene!",
	}
}

func TestTextThatSpeaksOfTooManyRequests(t *testing.T) {
	t.Parallel()
	methods := append(startedMethods(), MethodAcquire, MethodStart)
	conclude := func(method Method, status int, body string) Conclusion {
		return concludeBody(method, aRecording(), status, []byte(body)).Conclusion
	}
	bodies := func(text string) (gateway string, service []string) {
		return `{"message":` + quoted(text) + `}`,
			[]string{`{"code":2,"reason":` + quoted(text) + `}`, `{"code":"2","message":` + quoted(text) + `}`, `{"code":1045,"reason":` + quoted(text) + `}`}
	}
	for _, method := range methods {
		for _, text := range limiting() {
			t.Run(fmt.Sprintf("%s/%s", method, text), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				gateway, service := bodies(text)
				for _, body := range append(service, gateway) {
					g.Expect(conclude(method, 400, body)).To(Equal(RateLimited), body)
				}
			})
		}
		for _, text := range limitingWithoutCode() {
			t.Run(fmt.Sprintf("%s/%s", method, text), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				gateway, service := bodies(text)
				g.Expect(conclude(method, 400, gateway)).To(Equal(RateLimited))
				for _, body := range service {
					g.Expect(conclude(method, 400, body)).To(Equal(InvalidRequest), body)
				}
			})
		}
		for _, text := range wrong() {
			t.Run(fmt.Sprintf("%s/wrong/%s", method, text), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				gateway, service := bodies(text)
				for _, body := range append(service, gateway) {
					g.Expect(conclude(method, 400, body)).To(BeElementOf(InvalidRequest, NotEnabled), body)
				}
			})
		}
	}
}

func TestTextThatSpeaksOfTooManyRequestsOutranksNoOtherFact(t *testing.T) {
	t.Parallel()
	const reason = `,"reason":"too many requests"}`
	tests := []struct {
		method     Method
		status     int
		body       string
		conclusion Conclusion
	}{
		{MethodAcquire, 400, `{"code":406,"reason":"vendor_over_load"}`, Overloaded},
		{MethodAcquire, 400, `{"code":406` + reason, Overloaded},
		{MethodAcquire, 400, `{"code":405` + reason, AccountInactive},
		{MethodStart, 400, `{"code":53` + reason, TaskConflict},
		{MethodStart, 400, `{"code":433` + reason, NeedsNewResource},
		{MethodStop, 400, `{"code":49` + reason, AlreadyExiting},
		{MethodStop, 400, `{"code":1003` + reason, ResourceExpired},
		{MethodStop, 206, `{"code":435` + reason, NoRecordedData},
		{MethodStop, 401, `{"message":"too many requests"}`, CredentialsRejected},
		{MethodStop, 404, `{"code":404` + reason, NotKnown},
		{MethodStop, 503, `{"message":"too many requests"}`, NotKnown},
		{MethodStop, 200, `{"message":"too many requests"}`, NotKnown},
		{MethodStop, 400, "too many requests", NotKnown},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s/%d/%s", test.method, test.status, test.body), func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(concludeLesson(test.method, test.status, test.body).Conclusion).To(Equal(test.conclusion))
		})
	}
}
