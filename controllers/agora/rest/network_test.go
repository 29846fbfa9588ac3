// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// failure is a way in which a call gets no complete answer.
type failure struct {
	// call makes a call to its own address.
	call   func(t *testing.T) agora.Answer
	reason string
	status int
}

const tornConnection = "the connection ended before the whole answer had arrived"

func failures() map[string]failure {
	return map[string]failure{
		"nobody listens": {reason: "the endpoint cannot be reached", call: func(t *testing.T) agora.Answer {
			return stopAt(t, fmt.Sprintf("http://127.0.0.1:%d", 1+rand.IntN(6)))
		}},
		"the name does not resolve": {reason: "the name of the endpoint cannot be resolved", call: func(t *testing.T) agora.Answer {
			return stopFailing(t, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "agora.example.com", IsNotFound: true}})
		}},
		"nothing comes in time": {reason: "no complete answer in time", call: func(t *testing.T) agora.Answer {
			return stopWithin(t, 20*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) {
				waitForClient(r)
			})
		}},
		"the body does not end in time": {reason: "no complete answer in time", status: 200, call: func(t *testing.T) agora.Answer {
			client := newTestClient(t, "https://agora.example.com")
			client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				response := respond(200, "")
				response.Body = io.NopCloser(io.MultiReader(strings.NewReader(replyFile(t, "stop_mix.json")), endless{r.Context()}))
				return response, nil
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			return client.Stop(ctx, testCredentials(), aRecording(), false)
		}},
		"the certificate is unknown": {reason: "the certificate of the endpoint cannot be verified", call: func(t *testing.T) agora.Answer {
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			t.Cleanup(server.Close)
			return stopAt(t, server.URL)
		}},
		"closed without an answer": {reason: tornConnection, call: func(t *testing.T) agora.Answer {
			return stopAt(t, raw(t, ""))
		}},
		"reset without an answer": {reason: tornConnection, call: func(t *testing.T) agora.Answer {
			server := serve(t, func(w http.ResponseWriter, r *http.Request) { reset(takeOver(t, w, r)) })
			return stopAt(t, server.URL)
		}},
		"no HTTP": {reason: tornConnection, call: func(t *testing.T) agora.Answer {
			return stopAt(t, raw(t, "220 mail.example.com ESMTP\r\n"))
		}},
		"cut off in the header": {reason: tornConnection, call: func(t *testing.T) agora.Answer {
			return stopAt(t, raw(t, "HTTP/1.1 200 OK\r\nContent-Ty"))
		}},
		"cut off in the body": {reason: tornConnection, status: 200, call: func(t *testing.T) agora.Answer {
			return stopAt(t, raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+replyFile(t, "stop_mix.json")))
		}},
		"reset in the body": {reason: tornConnection, status: 200, call: func(t *testing.T) agora.Answer {
			seen := make(chan struct{})
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				connection := takeOver(t, w, r)
				write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+replyFile(t, "stop_mix.json"))
				<-seen
				reset(connection)
			})
			client := newTestClient(t, server.URL)
			network := client.http.Transport
			client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				defer close(seen)
				return network.RoundTrip(r)
			})
			return client.Stop(t.Context(), testCredentials(), aRecording(), false)
		}},
		"cut off between chunks": {reason: tornConnection, status: 200, call: func(t *testing.T) agora.Answer {
			body := replyFile(t, "stop_mix.json")
			return stopAt(t, raw(t, fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(body), body)))
		}},
		"cut off in what is compressed": {reason: tornConnection, status: 200, call: func(t *testing.T) agora.Answer {
			compressed := compress(t, replyFile(t, "stop_mix.json"))
			return stopAt(t, raw(t, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"+compressed[:len(compressed)-9]))
		}},
		"compressed in name only": {reason: tornConnection, status: 200, call: func(t *testing.T) agora.Answer {
			return stopAt(t, raw(t, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"+replyFile(t, "stop_mix.json")))
		}},
		"larger than allowed": {reason: "the answer is larger than 1048576 bytes", status: 200, call: func(t *testing.T) agora.Answer {
			return stopAt(t, answering(t, 200, padded(t, maxReplyBytes+1)).URL)
		}},
		"larger than allowed once expanded": {reason: "the answer is larger than 1048576 bytes", status: 200, call: func(t *testing.T) agora.Answer {
			compressed := compress(t, padded(t, 3*maxReplyBytes))
			return stopAt(t, raw(t, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"+compressed))
		}},
		"larger than allowed, an error": {reason: "the answer is larger than 1048576 bytes", status: 404, call: func(t *testing.T) agora.Answer {
			return stopAt(t, answering(t, 404, padded(t, maxReplyBytes+1)).URL)
		}},
	}
}

func TestFailuresAreNeverASuccess(t *testing.T) {
	t.Parallel()
	for name, failure := range failures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			answer := failure.call(t)
			g.Expect(answer.Err).To(HaveOccurred())
			answer.Err = nil
			g.Expect(answer).To(Equal(agora.Answer{Method: agora.MethodStop, HTTPStatus: failure.status, Reason: failure.reason}))
			g.Expect(answer.Conclusion).To(Equal(agora.NotKnown))
			g.Expect(answer.Presence()).To(Equal(agora.PresenceUnknown))
		})
	}
}

func TestFailuresHaveTheSameReasonEachTime(t *testing.T) {
	t.Parallel()
	for name, failure := range failures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			first := failure.call(t).Reason
			for range 3 {
				g.Expect(failure.call(t).Reason).To(Equal(first))
			}
		})
	}
}

func TestFailuresDoNotShowCredentials(t *testing.T) {
	t.Parallel()
	credentials := testCredentials()
	authorization := base64.StdEncoding.EncodeToString([]byte(credentials.CustomerID + ":" + credentials.CustomerSecret))
	secrets := []string{credentials.CustomerID, credentials.CustomerSecret, authorization}
	for name, failure := range failures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			answer := failure.call(t)
			for _, format := range []string{"%v", "%+v", "%#v"} {
				for _, shown := range []any{answer, answer.Err, errors.Unwrap(answer.Err)} {
					for _, secret := range secrets {
						g.Expect(fmt.Sprintf(format, shown)).NotTo(ContainSubstring(secret))
					}
				}
			}
		})
	}
}

func TestGivenUpCall(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(t.Context())
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		waitForClient(r)
	})
	answer := newTestClient(t, server.URL).Query(ctx, testCredentials(), aRecording())
	g.Expect(answer.Conclusion).To(Equal(agora.NotKnown))
	g.Expect(answer.Reason).To(Equal("the call was given up"))
	g.Expect(answer.Err).To(MatchError(context.Canceled))
}

func TestCutOffBodyWithoutALengthIsNotASuccess(t *testing.T) {
	t.Parallel()
	body := strings.TrimSpace(replyFile(t, "stop_mix.json"))
	for _, length := range []int{0, 1, len(body) / 2, len(body) - 1} {
		t.Run(fmt.Sprint(length), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			answer := stopAt(t, raw(t, "HTTP/1.1 200 OK\r\n\r\n"+body[:length]))
			g.Expect(answer.Conclusion).To(Equal(agora.NotKnown))
			g.Expect(answer.HTTPStatus).To(Equal(200))
			g.Expect(answer.Report).To(BeZero())
		})
	}
	NewWithT(t).Expect(stopAt(t, raw(t, "HTTP/1.1 200 OK\r\n\r\n"+body)).Conclusion).To(Equal(agora.Succeeded))
}

func TestLargestAllowedBody(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	answer := stopAt(t, answering(t, 200, padded(t, maxReplyBytes)).URL)
	g.Expect(answer.Err).NotTo(HaveOccurred())
	g.Expect(answer.Conclusion).To(Equal(agora.Succeeded))
}

func TestCompressedAnswer(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	answer := stopAt(t, raw(t, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"+compress(t, replyFile(t, "stop_mix.json"))))
	g.Expect(answer.Err).NotTo(HaveOccurred())
	g.Expect(answer.Conclusion).To(Equal(agora.Succeeded))
	g.Expect(answer.Report.Files).To(Equal([]v1alpha1.RecordedFile{{FileName: "zzzz.m3u8"}}))
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var followed atomic.Int32
			elsewhere := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				followed.Add(1)
				write(w, responding(`"status":5`))
			})
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL+r.RequestURI, status)
			})
			client := newTestClient(t, server.URL)
			for _, answer := range []agora.Answer{
				client.Query(t.Context(), testCredentials(), aRecording()),
				client.Stop(t.Context(), testCredentials(), aRecording(), false),
			} {
				g.Expect(answer.Conclusion).To(Equal(agora.NotKnown))
				g.Expect(answer.HTTPStatus).To(Equal(status))
			}
			g.Expect(followed.Load()).To(BeZero())
		})
	}
}

func TestStopIsSentOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var requests atomic.Int32
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			write(w, replyFile(t, "stop_mix.json"))
			return
		}
		panic(http.ErrAbortHandler)
	})
	client := newTestClient(t, server.URL)
	g.Expect(client.Stop(t.Context(), testCredentials(), aRecording(), false).Conclusion).To(Equal(agora.Succeeded))
	g.Expect(client.Stop(t.Context(), testCredentials(), aRecording(), false).Conclusion).To(Equal(agora.NotKnown))
	g.Expect(requests.Load()).To(BeEquivalentTo(2))
}

func stopAt(t *testing.T, endpoint string) agora.Answer {
	t.Helper()
	return newTestClient(t, endpoint).Stop(t.Context(), testCredentials(), aRecording(), false)
}

func stopWithin(t *testing.T, timeout time.Duration, handler http.HandlerFunc) agora.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return newTestClient(t, serve(t, handler).URL).Stop(ctx, testCredentials(), aRecording(), false)
}

func stopFailing(t *testing.T, err error) agora.Answer {
	t.Helper()
	client := newTestClient(t, "https://agora.example.com")
	client.http.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })
	return client.Stop(t.Context(), testCredentials(), aRecording(), false)
}

// waitForClient returns when the client has gone.
func waitForClient(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // the server notices only after that
	<-r.Context().Done()
}

// raw returns the URL of a server that reads a request, writes the text and closes the
// connection.
func raw(t *testing.T, text string) string {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		connection := takeOver(t, w, r)
		write(connection, text)
		_ = connection.Close() // the client may have gone
	}).URL
}

// takeOver returns the connection of a request, so that a handler can misuse it.
func takeOver(t *testing.T, w http.ResponseWriter, r *http.Request) net.Conn {
	_, _ = io.Copy(io.Discard, r.Body) // whatever came is enough
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Errorf("take over the connection: %v", err)
		panic(http.ErrAbortHandler)
	}
	return connection
}

func reset(connection net.Conn) {
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // the client may have gone
	}
	_ = connection.Close() // the client may have gone
}

// endless is the rest of a body, which never arrives.
type endless struct{ ctx context.Context }

func (e endless) Read([]byte) (int, error) {
	<-e.ctx.Done()
	return 0, e.ctx.Err()
}

func compress(t *testing.T, text string) string {
	t.Helper()
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	write(writer, text)
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return compressed.String()
}

// padded returns a successful answer of this many bytes.
func padded(t *testing.T, size int) string {
	t.Helper()
	body := strings.TrimSpace(replyFile(t, "stop_mix.json"))
	return body + strings.Repeat(" ", size-len(body))
}

// TestRequestIsNeverSentTwice is about the account's limit: Go's HTTP client would repeat
// a GET if its connection breaks.
func TestRequestIsNeverSentTwice(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*Client) agora.Answer{
		"query": func(c *Client) agora.Answer { return c.Query(t.Context(), testCredentials(), aRecording()) },
		"stop":  func(c *Client) agora.Answer { return c.Stop(t.Context(), testCredentials(), aRecording(), false) },
		"acquire": func(c *Client) agora.Answer {
			return c.Acquire(t.Context(), testCredentials(), toAcquire(), startRequest())
		},
		"start": func(c *Client) agora.Answer {
			return c.Start(t.Context(), testCredentials(), toStart(), startRequest())
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var arrived atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				g.Expect(r.TransferEncoding).To(BeEmpty())
				if arrived.Add(1) > 1 {
					panic(http.ErrAbortHandler)
				}
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusTooManyRequests)
			}))
			defer server.Close()
			client := newTestClient(t, server.URL)
			g.Expect(call(client).Conclusion).To(Equal(agora.RateLimited))
			g.Expect(call(client).Conclusion).To(Equal(agora.NotKnown))
			g.Expect(arrived.Load()).To(BeEquivalentTo(2))
		})
	}
}
