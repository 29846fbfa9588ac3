// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/controllers/agora"
)

// counted is a server that counts its calls.
type counted struct {
	*httptest.Server
	calls atomic.Int32
}

func count(t *testing.T, handler http.HandlerFunc) *counted {
	t.Helper()
	server := &counted{}
	server.Server = serve(t, func(w http.ResponseWriter, r *http.Request) {
		server.calls.Add(1)
		handler(w, r)
	})
	return server
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // whatever came is enough
		w.WriteHeader(status)
		write(w, body)
	}
}

func saysNothing(_ http.ResponseWriter, r *http.Request) { waitForClient(r) }

// saysHalf begins an answer and does not finish it.
func saysHalf(w http.ResponseWriter, r *http.Request) {
	write(w, `{"resourceId":`)
	_ = http.NewResponseController(w).Flush()
	waitForClient(r)
}

// hasty returns a client with a fifth of the usual timeouts.
func hasty(t *testing.T, endpoints ...string) *Client {
	t.Helper()
	client := newTestClient(t, endpoints...)
	client.timeout = func(method agora.Method) time.Duration { return method.Timeout() / 5 }
	return client
}

func queryWith(t *testing.T, client *Client) agora.Answer {
	t.Helper()
	return client.Query(t.Context(), testCredentials(), aRecording())
}

func TestFailoverToTheEndpointThatAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		handler http.HandlerFunc
		// lost is the number of calls that fail.
		lost int
	}{
		"hangs":                        {saysNothing, 1},
		"hangs in the body":            {saysHalf, 1},
		"503 with a page":              {says(503, replyFile(t, "gateway.html")), 2},
		"503 with a gateway's message": {says(503, `{"message":"no healthy upstream"}`), 2},
		"502 with nothing":             {says(502, ""), 2},
		"ends the connection":          {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 2},
	}
	calls := map[string]func(*Client) agora.Answer{
		"query": func(c *Client) agora.Answer { return c.Query(t.Context(), testCredentials(), aRecording()) },
		"stop":  func(c *Client) agora.Answer { return c.Stop(t.Context(), testCredentials(), aRecording(), false) },
	}
	for name, test := range tests {
		for method, call := range calls {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				first, second := count(t, test.handler), count(t, says(200, responding(`"status":5`)))
				client := hasty(t, first.URL, second.URL)
				for range test.lost {
					g.Expect(call(client).Conclusion).To(Equal(agora.NotKnown))
				}
				for range 3 {
					g.Expect(call(client).Conclusion).To(Equal(agora.Succeeded))
				}
				g.Expect(first.calls.Load()).To(BeEquivalentTo(test.lost))
				g.Expect(second.calls.Load()).To(BeEquivalentTo(3))
			})
		}
	}
}

// The same service is behind every endpoint. So its answers are no reason to switch, and
// another endpoint could begin a recording in another region.
func TestNoFailoverForWhatTheServiceSays(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"504 with 62":  says(504, `{"code":62,"reason":"request timeout"}`),
		"500 with 501": says(500, `{"code":501,"reason":"no_worker_manager_available"}`),
		"404":          says(404, `{"code":404,"reason":"failed to find worker"}`),
		"401":          says(401, `{"message":"Unauthorized"}`),
		"429":          says(429, `{"message":"API rate limit exceeded"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			first, second := count(t, handler), count(t, says(200, responding(`"status":5`)))
			client := hasty(t, first.URL, second.URL)
			for range 5 {
				g.Expect(queryWith(t, client).Conclusion).NotTo(Equal(agora.Succeeded))
			}
			g.Expect(second.calls.Load()).To(BeZero())
		})
	}
}

func TestCallsThatHangTogetherFailOverOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	first, second, third := count(t, saysNothing), count(t, says(200, responding(`"status":5`))), count(t, saysNothing)
	client := hasty(t, first.URL, second.URL, third.URL)
	var running sync.WaitGroup
	for range 30 {
		running.Go(func() { client.Query(t.Context(), testCredentials(), aRecording()) })
		running.Go(func() { client.Stop(t.Context(), testCredentials(), aRecording(), false) })
	}
	running.Wait()
	for range 5 {
		g.Expect(queryWith(t, client).Conclusion).To(Equal(agora.Succeeded))
	}
	g.Expect(third.calls.Load()).To(BeZero())
}

// untilClosed is a context whose time is over once a channel is closed.
type untilClosed struct {
	context.Context
	over <-chan struct{}
}

func (c untilClosed) Done() <-chan struct{} { return c.over }

func (c untilClosed) Err() error {
	select {
	case <-c.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func begin(call func() agora.Answer) <-chan agora.Answer {
	answers := make(chan agora.Answer, 1)
	go func() { answers <- call() }()
	return answers
}

func TestQueryBeforeAStopCountsForTheStop(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	first, second := count(t, saysNothing), count(t, says(200, responding(`"status":5`)))
	client := hasty(t, first.URL, second.URL)
	impatient := func() agora.Answer {
		over := make(chan struct{})
		call := begin(func() agora.Answer {
			return client.Query(untilClosed{t.Context(), over}, testCredentials(), aRecording())
		})
		g.Eventually(first.calls.Load).Should(BeEquivalentTo(1))
		close(over)
		return <-call
	}
	g.Expect(impatient().Conclusion).To(Equal(agora.NotKnown))
	g.Expect(second.calls.Load()).To(BeZero())
	g.Expect(client.Stop(t.Context(), testCredentials(), aRecording(), false).Conclusion).To(Equal(agora.NotKnown))
	g.Expect(client.Stop(t.Context(), testCredentials(), aRecording(), false).Conclusion).To(Equal(agora.Succeeded))
	g.Expect(first.calls.Load()).To(BeEquivalentTo(2))
}

func TestEndpointThatHangsOnCostsOneQueryNowAndThen(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var well atomic.Bool
	first := count(t, func(w http.ResponseWriter, r *http.Request) {
		if well.Load() {
			says(200, responding(`"status":5`))(w, r)
			return
		}
		waitForClient(r)
	})
	second := count(t, says(200, responding(`"status":5`)))
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	client := hasty(t, first.URL, second.URL)
	client.endpoints.clock = clock
	g.Expect(queryWith(t, client).Conclusion).To(Equal(agora.NotKnown))
	g.Expect(queryWith(t, client).Conclusion).To(Equal(agora.Succeeded))
	clock.SetTime(clock.Now().Add(preferFirstAfter))

	// A stop or a query with little time must not be the probe.
	g.Expect(client.Stop(t.Context(), testCredentials(), aRecording(), false).Conclusion).To(Equal(agora.Succeeded))
	ctx, cancel := context.WithTimeout(t.Context(), client.timeout(agora.MethodQuery)*9/10)
	defer cancel()
	g.Expect(client.Query(ctx, testCredentials(), aRecording()).Conclusion).To(Equal(agora.Succeeded))
	g.Expect(first.calls.Load()).To(BeEquivalentTo(1))

	g.Expect(queryWith(t, client).Conclusion).To(Equal(agora.NotKnown))
	for range 10 {
		g.Expect(queryWith(t, client).Conclusion).To(Equal(agora.Succeeded))
	}
	g.Expect(first.calls.Load()).To(BeEquivalentTo(2))

	well.Store(true)
	clock.SetTime(clock.Now().Add(preferFirstAfter))
	answered := second.calls.Load()
	for range 5 {
		g.Expect(queryWith(t, client).Conclusion).To(Equal(agora.Succeeded))
	}
	g.Expect(first.calls.Load()).To(BeEquivalentTo(7))
	g.Expect(second.calls.Load()).To(Equal(answered))
}

func TestEveryEndpointIsTriedWhileAllAreBad(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{"hang": saysNothing, "503": says(503, replyFile(t, "gateway.html"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			servers := []*counted{count(t, handler), count(t, handler), count(t, handler)}
			client := hasty(t, servers[0].URL, servers[1].URL, servers[2].URL)
			for range 2 * len(servers) {
				answer := queryWith(t, client)
				g.Expect(answer.Conclusion).To(Equal(agora.NotKnown))
				g.Expect(answer.Presence()).To(Equal(agora.PresenceUnknown))
			}
			for i, server := range servers {
				g.Expect(server.calls.Load()).To(BeEquivalentTo(2), fmt.Sprint(i))
			}
		})
	}
}
