// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/admin"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const (
	customerID = "customer"
	secret     = "customer-secret"

	appID = "app"
	cname = "lesson"
	uid   = "527841"

	basePath = "/v1/apps/" + appID + "/cloud_recording"

	callTimeout = 30 * time.Second

	uploadDuration = 2 * time.Second
	exitAfter      = 5 * time.Second
)

var (
	_ clock.WithTicker = (*clocktesting.FakeClock)(nil)

	beginning = time.Date(2026, time.May, 4, 3, 2, 1, 0, time.UTC)
)

// service is a simulator with an HTTP server. The spec controls its simulated time and
// the real time of its rate limit.
type service struct {
	*agorasim.Simulator
	clock *clocktesting.FakeClock
	wall  *clocktesting.FakePassiveClock
	url   string
}

func newService(changes ...func(*agorasim.Options)) *service {
	GinkgoHelper()
	s := &service{
		clock: clocktesting.NewFakeClock(beginning),
		wall:  clocktesting.NewFakePassiveClock(beginning),
	}
	options := agorasim.Options{
		Credentials:       map[string]string{customerID: secret},
		RequestsPerSecond: -1,
		Clock:             s.clock,
		RateLimitClock:    s.wall,
	}
	for _, change := range changes {
		change(&options)
	}
	s.Simulator = agorasim.New(options)
	server, err := s.Listen("127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Close)
	s.url = server.URL
	return s
}

// answer is an answer as the client received it.
type answer struct {
	Status int
	Header http.Header
	Body   string
	Err    error
}

func (a answer) decoded() map[string]any {
	GinkgoHelper()
	var body map[string]any
	Expect(json.Unmarshal([]byte(a.Body), &body)).To(Succeed(), a.Body)
	return body
}

func (a answer) code() int {
	GinkgoHelper()
	code, _ := a.decoded()["code"].(float64)
	return int(code)
}

func (a answer) text(key string) string {
	GinkgoHelper()
	text, _ := a.decoded()[key].(string)
	return text
}

func (a answer) serverResponse() map[string]any {
	GinkgoHelper()
	response, ok := a.decoded()["serverResponse"].(map[string]any)
	Expect(ok).To(BeTrue(), a.Body)
	return response
}

// client closes its connections, because Go repeats a GET without a reply on a reused
// connection.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func authenticated(r *http.Request) { r.SetBasicAuth(customerID, secret) }

// attempt sends a request and returns the outcome.
func (s *service) attempt(verb, path, body string, changes ...func(*http.Request)) answer {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	return s.attemptUntil(ctx, verb, path, body, changes...)
}

func (s *service) attemptUntil(ctx context.Context, verb, path, body string, changes ...func(*http.Request)) answer {
	request, err := http.NewRequestWithContext(ctx, verb, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{Err: err}
	}
	authenticated(request)
	request.Header.Set("Content-Type", "application/json;charset=utf-8")
	for _, change := range changes {
		change(request)
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{Err: err}
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	return answer{Status: response.StatusCode, Header: response.Header, Body: string(content), Err: err}
}

// attemptThenLeave sends a request, and cancels it once this many calls are waiting.
func (s *service) attemptThenLeave(verb, path, body string, waiting int) answer {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	left := begin(func() answer { return s.attemptUntil(ctx, verb, path, body) })
	s.awaitWaiting(waiting)
	cancel()
	return <-left
}

// call sends a request that must be answered.
func (s *service) call(verb, path, body string, changes ...func(*http.Request)) answer {
	GinkgoHelper()
	got := s.attempt(verb, path, body, changes...)
	Expect(got.Err).NotTo(HaveOccurred())
	return got
}

// begin sends a request whose answer arrives later.
func begin(send func() answer) <-chan answer {
	answers := make(chan answer, 1)
	go func() { answers <- send() }()
	return answers
}

func await(answers <-chan answer) answer {
	GinkgoHelper()
	var got answer
	Eventually(answers).Should(Receive(&got))
	return got
}

func (s *service) awaitWaiting(calls int) {
	GinkgoHelper()
	Eventually(s.clock.Waiters).Should(Equal(calls))
}

func queryPath(r agorasim.Recording) string {
	return fmt.Sprintf("%s/resourceid/%s/sid/%s/mode/%s/query", basePath, r.ResourceID, r.SID, r.Mode)
}

func stopPath(r agorasim.Recording) string {
	return fmt.Sprintf("%s/resourceid/%s/sid/%s/mode/%s/stop", basePath, r.ResourceID, r.SID, r.Mode)
}

func stopBody(r agorasim.Recording, async bool) string {
	return fmt.Sprintf(`{"cname":%q,"uid":%q,"clientRequest":{"async_stop":%t}}`, r.CName, r.UID, async)
}

func (s *service) query(r agorasim.Recording) answer {
	GinkgoHelper()
	return s.call(http.MethodGet, queryPath(r), "")
}

func (s *service) stopAsync(r agorasim.Recording) answer {
	GinkgoHelper()
	return s.call(http.MethodPost, stopPath(r), stopBody(r, true))
}

func (s *service) beginStop(r agorasim.Recording) <-chan answer {
	return begin(func() answer { return s.attempt(http.MethodPost, stopPath(r), stopBody(r, false)) })
}

// stop synchronously stops a recording whose upload takes the usual time.
func (s *service) stop(r agorasim.Recording) answer {
	GinkgoHelper()
	answers := s.beginStop(r)
	s.awaitWaiting(1)
	s.clock.Step(uploadDuration)
	got := await(answers)
	Expect(got.Err).NotTo(HaveOccurred())
	return got
}

// running adds a recording that has already been running for a while.
func (s *service) running(changes ...func(*agorasim.RecordingOptions)) agorasim.Recording {
	GinkgoHelper()
	options := agorasim.RecordingOptions{AppID: appID, CName: cname, UID: uid, Mode: recorder.ModeMix}
	for _, change := range changes {
		change(&options)
	}
	recording, err := s.AddRecording(options)
	Expect(err).NotTo(HaveOccurred())
	return recording
}

// now returns the current state of the recording.
func (s *service) now(r agorasim.Recording) agorasim.Recording {
	GinkgoHelper()
	recording, ok := s.Recording(r.SID)
	Expect(ok).To(BeTrue())
	return recording
}

// admin calls the admin interface.
func (s *service) admin(verb, path, body string) answer {
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(context.Background(), verb, path, strings.NewReader(body))
	admin.Handler(s.Simulator).ServeHTTP(recorder, request)
	return answer{Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.String()}
}

func (s *service) addFault(fault faults.Fault) string {
	GinkgoHelper()
	id, err := s.AddFault(fault)
	Expect(err).NotTo(HaveOccurred())
	return id
}

func beNotFound() OmegaMatcher {
	return SatisfyAll(
		HaveField("Status", http.StatusNotFound),
		WithTransform(answer.code, Equal(404)),
		WithTransform(func(a answer) string { return a.text("reason") }, Equal("failed to find worker")),
	)
}

// refuse matches an answer of the recording service with a status and a code.
func refuse(status, code int) OmegaMatcher {
	return SatisfyAll(HaveField("Status", status), WithTransform(answer.code, Equal(code)))
}
