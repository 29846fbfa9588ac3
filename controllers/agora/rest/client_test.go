// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

const lessonPath = "/v1/apps/4c8d2a91e07b4f53b6d1c0e9f7a83b25/cloud_recording" +
	"/resourceid/" + lessonResourceID + "/sid/" + lessonSID + "/mode/mix/"

func newTestClient(t testing.TB, endpoints ...string) *Client {
	t.Helper()
	client, err := NewClient(Options{Endpoints: endpoints, UserAgent: "cloudrecording-operator/test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func serve(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func write(w io.Writer, text string) {
	_, _ = io.WriteString(w, text) // the client may have gone
}

func answering(t testing.TB, status int, body string) *httptest.Server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		write(w, body)
	})
}

// roundTrip takes the place of the network.
type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

func respond(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// received is a request as the server saw it.
type received struct {
	method, uri, host string
	header            http.Header
	length            int64
	body              string
}

func recorder(t testing.TB) (*httptest.Server, <-chan received) {
	t.Helper()
	requests := make(chan received, 10)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		requests <- received{
			method: r.Method, uri: r.RequestURI, host: r.Host, header: r.Header, length: r.ContentLength, body: string(body),
		}
		write(w, responding(`"status":5`))
	}), requests
}

// only returns the only request that arrived.
func only(t testing.TB, requests <-chan received) received {
	t.Helper()
	if len(requests) != 1 {
		t.Fatalf("%d requests came", len(requests))
	}
	return <-requests
}

func lessonHeader() http.Header {
	return http.Header{
		"Authorization":   {"Basic YjE5NDZhYzkyNDkyZDIzNDo3YzZhMTgwYjM2ODk2YTBhOGMwMjc4N2VlYWZiMGU0Yw=="},
		"Content-Type":    {"application/json;charset=utf-8"},
		"Accept":          {"application/json"},
		"Accept-Encoding": {"gzip"},
		"User-Agent":      {"cloudrecording-operator/test"},
	}
}

func TestQueryRequest(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	server, requests := recorder(t)
	answer := newTestClient(t, server.URL).Query(t.Context(), testCredentials(), aRecording())
	g.Expect(answer.Conclusion).To(Equal(agora.Succeeded))
	g.Expect(only(t, requests)).To(Equal(received{
		method: "GET",
		uri:    lessonPath + "query",
		host:   server.Listener.Addr().String(),
		header: lessonHeader(),
	}))
}

func TestStopRequest(t *testing.T) {
	t.Parallel()
	bodies := map[bool]string{
		false: `{"cname":"lesson-42","uid":"527841","clientRequest":{"async_stop":false}}`,
		true:  `{"cname":"lesson-42","uid":"527841","clientRequest":{"async_stop":true}}`,
	}
	for async, body := range bodies {
		t.Run(fmt.Sprintf("async %t", async), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			server, requests := recorder(t)
			answer := newTestClient(t, server.URL).Stop(t.Context(), testCredentials(), aRecording(), async)
			g.Expect(answer.Conclusion).To(Equal(agora.Succeeded))
			header := lessonHeader()
			header.Set("Content-Length", fmt.Sprint(len(body)))
			g.Expect(only(t, requests)).To(Equal(received{
				method: "POST",
				uri:    lessonPath + "stop",
				host:   server.Listener.Addr().String(),
				header: header,
				length: int64(len(body)),
				body:   body,
			}))
		})
	}
}

func TestRequestOfEveryMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []v1alpha1.RecordingMode{v1alpha1.IndividualMode, v1alpha1.MixMode, v1alpha1.WebMode} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			server, requests := recorder(t)
			recording := aRecording()
			recording.Mode = mode
			newTestClient(t, server.URL).Query(t.Context(), testCredentials(), recording)
			g.Expect(only(t, requests).uri).To(HaveSuffix("/mode/" + string(mode) + "/query"))
		})
	}
}

func TestRequestEscapesEveryPartOfThePath(t *testing.T) {
	t.Parallel()
	parts := map[string]string{
		"a/b":           "a%2Fb",
		"../../admin":   "..%2F..%2Fadmin",
		"a?b=c":         "a%3Fb=c",
		"a#b":           "a%23b",
		"a%2Fb":         "a%252Fb",
		"%2e%2e":        "%252e%252e",
		"a b":           "a%20b",
		"a;b,c":         "a%3Bb%2Cc",
		"a\r\nHost: x":  "a%0D%0AHost:%20x",
		"ä":             "%C3%A4",
		"@evil.example": "@evil.example",
		"a\\b":          "a%5Cb",
	}
	for part, escaped := range parts {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			server, requests := recorder(t)
			odd := aRecording()
			odd.AppID, odd.ResourceID, odd.SID = part, part, part
			newTestClient(t, server.URL).Query(t.Context(), testCredentials(), odd)
			seen := only(t, requests)
			g.Expect(seen.uri).To(Equal("/v1/apps/" + escaped + "/cloud_recording/resourceid/" + escaped +
				"/sid/" + escaped + "/mode/mix/query"))
			g.Expect(seen.host).To(Equal(server.Listener.Addr().String()))
		})
	}
}

func TestRequestIsNotSentWithAPartThatWouldChangeThePath(t *testing.T) {
	t.Parallel()
	spoil := map[string]func(*agora.Recording, string){
		"app ID":      func(r *agora.Recording, part string) { r.AppID = part },
		"resource ID": func(r *agora.Recording, part string) { r.ResourceID = part },
		"SID":         func(r *agora.Recording, part string) { r.SID = part },
		"mode":        func(r *agora.Recording, part string) { r.Mode = v1alpha1.RecordingMode(part) },
	}
	for name, set := range spoil {
		for _, part := range []string{"", ".", ".."} {
			t.Run(fmt.Sprintf("%s %q", name, part), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				server, requests := recorder(t)
				spoilt := aRecording()
				set(&spoilt, part)
				answer := newTestClient(t, server.URL).Stop(t.Context(), testCredentials(), spoilt, false)
				g.Expect(answer.Conclusion).To(Equal(agora.InvalidRequest))
				g.Expect(answer.Reason).To(Equal(fmt.Sprintf("build the URL of stop: %q cannot be a part of the path", part)))
				g.Expect(answer.HTTPStatus).To(BeZero())
				g.Expect(requests).To(BeEmpty())
			})
		}
	}
}

func TestRequestKeepsTheEndpointsPath(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	server, requests := recorder(t)
	newTestClient(t, server.URL+"/agora/").Query(t.Context(), testCredentials(), aRecording())
	g.Expect(only(t, requests).uri).To(Equal("/agora" + lessonPath + "query"))
}

func TestRequestAuthenticatesWithAnyCharacters(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"with:colon", "with space", "ünïcode", `quo"te`, "line\nbreak"} {
		t.Run(secret, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			server, requests := recorder(t)
			credentials := agora.Credentials{CustomerID: "b1946ac92492d234", CustomerSecret: secret}
			newTestClient(t, server.URL).Query(t.Context(), credentials, aRecording())
			encoded, isBasic := strings.CutPrefix(only(t, requests).header.Get("Authorization"), "Basic ")
			g.Expect(isBasic).To(BeTrue())
			decoded, err := base64.StdEncoding.DecodeString(encoded)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(decoded)).To(Equal("b1946ac92492d234:" + secret))
		})
	}
}

func TestAnswerOverTheNetwork(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "d5c1-07")
		w.WriteHeader(http.StatusBadRequest)
		write(w, replyFile(t, "stop_49_with_file.json"))
	})
	answer := newTestClient(t, server.URL).Stop(t.Context(), testCredentials(), aRecording(), false)
	g.Expect(answer).To(Equal(agora.Answer{
		Method:     agora.MethodStop,
		Conclusion: agora.AlreadyExiting,
		HTTPStatus: 400,
		Code:       49,
		Reason:     "Failed",
		RequestID:  "d5c1-07",
		Report:     agora.Report{FileListMode: "string", Files: []v1alpha1.RecordedFile{{FileName: "quickstart/" + lessonBase + ".m3u8"}}},
	}))
}

func TestHTTP2IsUsedWhereOffered(t *testing.T) {
	t.Parallel()
	for protocol, offered := range map[string]bool{"HTTP/2.0": true, "HTTP/1.1": false} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			protocols := make(chan string, 1)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				protocols <- r.Proto
				write(w, responding(`"status":5`))
			}))
			server.EnableHTTP2 = offered
			server.StartTLS()
			t.Cleanup(server.Close)
			client := newTestClient(t, server.URL)
			trust(t, client, server)
			g.Expect(client.Query(t.Context(), testCredentials(), aRecording()).Conclusion).To(Equal(agora.Succeeded))
			g.Expect(protocols).To(Receive(Equal(protocol)))
		})
	}
}

func trust(t testing.TB, client *Client, server *httptest.Server) {
	t.Helper()
	transport, ok := client.http.Transport.(*http.Transport)
	if !ok {
		t.Fatalf("the transport is a %T", client.http.Transport)
	}
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
}

// countConnections returns a server and the number of connections that it has accepted.
func countConnections(t testing.TB, http2 bool, handler http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	if http2 {
		server.EnableHTTP2 = true
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server, &opened
}

func TestConnectionIsReusedWhateverTheAnswer(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	answers := []struct {
		status int
		body   string
	}{
		{200, replyFile(t, "stop_mix_mp4.json")},
		{206, replyFile(t, "stop_435.json")},
		{400, replyFile(t, "stop_49_with_file.json")},
		{404, replyFile(t, "404_find_worker.json")},
		{429, `{"message":"API rate limit exceeded"}`},
		{502, replyFile(t, "gateway.html")},
		{503, ""},
		{200, responding(`"padding":"` + strings.Repeat("x", 500_000) + `"`)},
	}
	var served atomic.Int32
	server, opened := countConnections(t, false, func(w http.ResponseWriter, _ *http.Request) {
		answer := answers[int(served.Add(1)-1)%len(answers)]
		w.WriteHeader(answer.status)
		write(w, answer.body)
	})
	client := newTestClient(t, server.URL)
	for range 3 * len(answers) {
		client.Stop(t.Context(), testCredentials(), aRecording(), false)
	}
	g.Expect(served.Load()).To(BeEquivalentTo(3 * len(answers)))
	// Each answer comes three times, and would open as many connections. Go does not reuse
	// one whose goroutine has not said within 50 ms that the request was written.
	g.Expect(opened.Load()).To(BeNumerically("<", 3))
}

func TestConnectionsOfManyCallsAtOnceAreReused(t *testing.T) {
	t.Parallel()
	const atOnce = 100
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var arrived sync.WaitGroup
			arrived.Add(1)
			server, opened := countConnections(t, http2, func(w http.ResponseWriter, _ *http.Request) {
				arrived.Done()
				arrived.Wait()
				write(w, replyFile(t, "stop_mix.json"))
			})
			client := newTestClient(t, server.URL)
			if http2 {
				trust(t, client, server)
			}
			g.Expect(client.Stop(t.Context(), testCredentials(), aRecording(), false).Conclusion).To(Equal(agora.Succeeded))
			for range 3 {
				arrived.Add(atOnce)
				var answered sync.WaitGroup
				for range atOnce {
					answered.Go(func() {
						if answer := client.Stop(t.Context(), testCredentials(), aRecording(), false); answer.Conclusion != agora.Succeeded {
							t.Errorf("concluded %s: %v", answer.Conclusion, answer.Err)
						}
					})
				}
				answered.Wait()
			}
			if http2 {
				g.Expect(opened.Load()).To(BeEquivalentTo(1))
				return
			}
			// As above, a few of a round may be lost, but not all of them.
			g.Expect(opened.Load()).To(And(BeNumerically(">=", atOnce), BeNumerically("<", atOnce+atOnce/2)))
		})
	}
}

func TestDeadlineOfEveryMethod(t *testing.T) {
	t.Parallel()
	calls := map[agora.Method]struct {
		call    func(context.Context, *Client) agora.Answer
		timeout time.Duration
	}{
		agora.MethodQuery: {
			call: func(ctx context.Context, c *Client) agora.Answer {
				return c.Query(ctx, testCredentials(), aRecording())
			},
			timeout: 10 * time.Second,
		},
		agora.MethodUpdate: {
			call: func(ctx context.Context, c *Client) agora.Answer {
				return c.Update(ctx, testCredentials(), aRecording(), updateRequest())
			},
			timeout: 10 * time.Second,
		},
		agora.MethodUpdateLayout: {
			call: func(ctx context.Context, c *Client) agora.Answer {
				return c.UpdateLayout(ctx, testCredentials(), aRecording(), layoutRequest())
			},
			timeout: 10 * time.Second,
		},
		agora.MethodStop: {
			call: func(ctx context.Context, c *Client) agora.Answer {
				return c.Stop(ctx, testCredentials(), aRecording(), false)
			},
			timeout: 35 * time.Second,
		},
	}
	for method, test := range calls {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var deadline time.Time
			var bounded bool
			client := newTestClient(t, "https://agora.example.com")
			client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				deadline, bounded = r.Context().Deadline()
				return respond(200, responding(`"status":5`)), nil
			})
			before := time.Now()
			answer := test.call(t.Context(), client)
			after := time.Now()
			g.Expect(answer.Conclusion).To(Equal(agora.Succeeded))
			g.Expect(bounded).To(BeTrue())
			g.Expect(deadline).To(BeTemporally(">=", before.Add(test.timeout)))
			g.Expect(deadline).To(BeTemporally("<=", after.Add(test.timeout)))
			g.Expect(client.http.Timeout).To(BeZero())
			g.Expect(agora.MaxTimeout()).To(BeNumerically(">=", test.timeout))
		})
	}
	NewWithT(t).Expect(agora.MaxTimeout()).To(Equal(35 * time.Second))
}

func TestCallersDeadlineCountsIfItIsEarlier(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	wanted, _ := ctx.Deadline()
	client := newTestClient(t, "https://agora.example.com")
	client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		deadline, _ := r.Context().Deadline()
		g.Expect(deadline).To(Equal(wanted))
		return respond(200, responding(`"status":5`)), nil
	})
	g.Expect(client.Query(ctx, testCredentials(), aRecording()).Conclusion).To(Equal(agora.Succeeded))
}

func TestObserveIsToldOfEveryCall(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	type observed struct {
		method     agora.Method
		conclusion agora.Conclusion
		duration   time.Duration
	}
	var all []observed
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	client, err := NewClient(Options{
		Endpoints: []string{"https://agora.example.com"},
		Clock:     clock,
		Observe: func(method agora.Method, conclusion agora.Conclusion, duration time.Duration) {
			all = append(all, observed{method, conclusion, duration})
		},
	})
	g.Expect(err).NotTo(HaveOccurred())
	client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		clock.SetTime(clock.Now().Add(1500 * time.Millisecond))
		if r.Method == http.MethodPost {
			return nil, io.ErrUnexpectedEOF
		}
		return respond(429, `{"message":"API rate limit exceeded"}`), nil
	})
	client.Query(t.Context(), testCredentials(), aRecording())
	client.Stop(t.Context(), testCredentials(), aRecording(), false)
	client.Stop(t.Context(), testCredentials(), agora.Recording{}, false)
	g.Expect(all).To(Equal([]observed{
		{agora.MethodQuery, agora.RateLimited, 1500 * time.Millisecond},
		{agora.MethodStop, agora.NotKnown, 1500 * time.Millisecond},
		{agora.MethodStop, agora.InvalidRequest, 0},
	}))
}

func TestTransportTakesAProxyAndModernTLSOnly(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	transport := newTransport()
	g.Expect(transport.Proxy).NotTo(BeNil())
	g.Expect(transport.TLSClientConfig.InsecureSkipVerify).To(BeFalse())
	g.Expect(transport.TLSClientConfig.MinVersion).To(BeEquivalentTo(tls.VersionTLS12))
}
