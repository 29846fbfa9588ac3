// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"
)

const (
	hostA = "https://a.example.com"
	hostB = "https://b.example.com"
	hostC = "https://c.example.com"
)

// chooser tries endpoints one call after another.
type chooser struct {
	*endpoints
	clock *clocktesting.FakePassiveClock
}

func newChooser(t *testing.T, urls ...string) chooser {
	t.Helper()
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	endpoints, err := newEndpoints(urls, false, clock)
	if err != nil {
		t.Fatal(err)
	}
	return chooser{endpoints: endpoints, clock: clock}
}

func (c chooser) pass(duration time.Duration) { c.clock.SetTime(c.clock.Now().Add(duration)) }

func (c chooser) next() string {
	endpoint, _ := c.current()
	return endpoint
}

// fail lets a call fail, and returns the endpoint that it went to.
func (c chooser) fail() string {
	endpoint, begun := c.current()
	c.pass(100 * time.Millisecond)
	c.failed(endpoint, begun)
	return endpoint
}

func (c chooser) failTimes(times int) []string {
	var tried []string
	for range times {
		tried = append(tried, c.fail())
	}
	return tried
}

func TestEndpointsAreTriedInTheDocumentedOrder(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ endpoints, tried []string }{
		"one":   {endpoints: []string{hostA}, tried: []string{hostA, hostA, hostA, hostA, hostA}},
		"two":   {endpoints: []string{hostA, hostB}, tried: []string{hostA, hostA, hostB, hostB, hostA}},
		"three": {endpoints: []string{hostA, hostB, hostC}, tried: []string{hostA, hostA, hostB, hostB, hostC, hostC, hostA}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(newChooser(t, test.endpoints...).failTimes(len(test.tried))).To(Equal(test.tried))
		})
	}
}

func TestEndpointThatAnswersInBetweenIsKept(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	for range 5 {
		g.Expect(chooser.fail()).To(Equal(hostA))
		chooser.answered(hostA)
	}
	g.Expect(chooser.next()).To(Equal(hostA))
}

func TestEndpointThatAnswersLateDoesNotCountForAnother(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	chooser.failTimes(3)
	chooser.answered(hostA)
	g.Expect(chooser.fail()).To(Equal(hostB))
	g.Expect(chooser.next()).To(Equal(hostA))
}

func TestFailuresAtTheSameTimeCountOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	_, begun := chooser.current()
	chooser.pass(5 * time.Second)
	for range 100 {
		chooser.failed(hostA, begun)
		chooser.pass(time.Millisecond)
	}
	g.Expect(chooser.next()).To(Equal(hostA))

	_, begun = chooser.current()
	chooser.pass(5 * time.Second)
	for range 100 {
		chooser.failed(hostA, begun)
		chooser.pass(time.Millisecond)
	}
	g.Expect(chooser.next()).To(Equal(hostB))
}

func TestFailuresOfTheEndpointBeforeDoNotCountForTheNext(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	_, begun := chooser.current()
	chooser.failTimes(2)
	for range 10 {
		chooser.failed(hostA, begun)
	}
	g.Expect(chooser.next()).To(Equal(hostB))
	for range 10 {
		_, begun = chooser.current()
		chooser.pass(time.Second)
		chooser.failed(hostA, begun)
	}
	g.Expect(chooser.next()).To(Equal(hostB))
}

func TestFirstEndpointIsPreferredAgainAfterAWhile(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB, hostC)
	chooser.failTimes(2)
	chooser.pass(5*time.Minute - time.Millisecond)
	g.Expect(chooser.next()).To(Equal(hostB))
	chooser.pass(time.Millisecond)
	g.Expect(chooser.next()).To(Equal(hostA))
	g.Expect(chooser.failTimes(3)).To(Equal([]string{hostA, hostA, hostB}))
}

func TestFirstEndpointIsTriedTwiceWhenPreferredAgain(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	g.Expect(chooser.failTimes(3)).To(Equal([]string{hostA, hostA, hostB}))
	chooser.pass(5 * time.Minute)
	g.Expect(chooser.failTimes(3)).To(Equal([]string{hostA, hostA, hostB}))
}

func TestWhileCountsFromTheLastSwitch(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB, hostC)
	chooser.failTimes(2)
	chooser.pass(4 * time.Minute)
	chooser.failTimes(2)
	chooser.pass(4 * time.Minute)
	g.Expect(chooser.next()).To(Equal(hostC))
	chooser.pass(time.Minute)
	g.Expect(chooser.next()).To(Equal(hostA))
}

// endpointsTried makes calls and returns the endpoints that they went to.
func endpointsTried(t *testing.T, calls int, network roundTrip) []string {
	t.Helper()
	client := newTestClient(t, hostA, hostB)
	var tried []string
	client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		tried = append(tried, r.URL.Scheme+"://"+r.URL.Host)
		return network(r)
	})
	for range calls {
		client.Query(t.Context(), testCredentials(), lesson())
	}
	return tried
}

func TestNetworkFailureSwitchesTheEndpoint(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"torn":    io.ErrUnexpectedEOF,
		"timeout": context.DeadlineExceeded,
		"other":   errors.New("tls: handshake failure"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tried := endpointsTried(t, 5, func(*http.Request) (*http.Response, error) { return nil, err })
			NewWithT(t).Expect(tried).To(Equal([]string{hostA, hostA, hostB, hostB, hostA}))
		})
	}
}

func TestAnswerOfAnyKindDoesNotSwitchTheEndpoint(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 206, 302, 400, 401, 403, 404, 429, 500, 502, 503, 504} {
		for name, body := range map[string]string{
			"of the service": responding(`"status":5`), "a page": replyFile(t, "gateway.html"), "nothing": "",
		} {
			t.Run(fmt.Sprintf("%d/%s", status, name), func(t *testing.T) {
				t.Parallel()
				tried := endpointsTried(t, 6, func(*http.Request) (*http.Response, error) { return respond(status, body), nil })
				NewWithT(t).Expect(tried).To(HaveEach(hostA))
			})
		}
	}
}

func TestAnswerInBetweenKeepsTheEndpoint(t *testing.T) {
	t.Parallel()
	var calls int
	tried := endpointsTried(t, 10, func(*http.Request) (*http.Response, error) {
		calls++
		if calls%2 == 1 {
			return nil, io.ErrUnexpectedEOF
		}
		return respond(502, ""), nil
	})
	NewWithT(t).Expect(tried).To(HaveEach(hostA))
}

func TestCallThatWasGivenUpDoesNotSwitchTheEndpoint(t *testing.T) {
	t.Parallel()
	tried := endpointsTried(t, 6, func(*http.Request) (*http.Response, error) { return nil, context.Canceled })
	NewWithT(t).Expect(tried).To(HaveEach(hostA))
}

func TestRequestThatCannotBeBuiltDoesNotSwitchTheEndpoint(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	client := newTestClient(t, hostA, hostB)
	for range 6 {
		client.Query(t.Context(), testCredentials(), Recording{})
	}
	endpoint, _ := client.endpoints.current()
	g.Expect(endpoint).To(Equal(hostA))
}

func TestEndpointsThatCanBeUsed(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"https://api.agora.io":         "https://api.agora.io",
		"https://api.agora.io/":        "https://api.agora.io",
		"https://api.agora.io:8443":    "https://api.agora.io:8443",
		"  https://api.agora.io\n":     "https://api.agora.io",
		"HTTPS://api.agora.io":         "https://api.agora.io",
		"https://example.com/agora/":   "https://example.com/agora",
		"https://[2001:db8::7]:8443":   "https://[2001:db8::7]:8443",
		"http://localhost:8080":        "http://localhost:8080",
		"http://127.0.0.1:8080":        "http://127.0.0.1:8080",
		"http://127.8.9.10":            "http://127.8.9.10",
		"http://[::1]:8080":            "http://[::1]:8080",
		"https://b.example.com/%7Eapi": "https://b.example.com/%7Eapi",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			g.Expect(newChooser(t, text).next()).To(Equal(want))
		})
	}
}

func TestEndpointsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	const (
		mustBeHost  = "it must be a scheme and a host, such as https://api.agora.io"
		mustBeHTTPS = "its scheme must be https"
		plainHTTP   = "plain http would show the credentials to the network: use https"
		notAURL     = "it is not a URL"
	)
	tests := map[string]string{
		"":                               mustBeHost,
		"api.agora.io":                   mustBeHost,
		"https://":                       mustBeHost,
		"https:///v1":                    mustBeHost,
		"https://:8443":                  mustBeHost,
		"https:api.agora.io":             mustBeHost,
		"/v1":                            mustBeHost,
		"https://api.agora.io?key=value": mustBeHost,
		"https://api.agora.io?":          mustBeHost,
		"https://api.agora.io#top":       mustBeHost,
		"ftp://api.agora.io":             mustBeHTTPS,
		"//api.agora.io":                 mustBeHTTPS,
		"http://api.agora.io":            plainHTTP,
		"http://localhost.example.com":   plainHTTP,
		"http://127.0.0.1.example.com":   plainHTTP,
		"http://0.0.0.0":                 plainHTTP,
		"http://10.0.0.7":                plainHTTP,
		"https://api agora.io":           notAURL,
		"https://api.agora.io:port":      notAURL,
		"https://api.agora.io/%zz":       notAURL,
	}
	for text, reason := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			_, err := NewClient(Options{Endpoints: []string{hostA, text}})
			NewWithT(t).Expect(err).To(MatchError(fmt.Sprintf("endpoint %q: %s", text, reason)))
		})
	}
}

func TestEndpointWithUserIsRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"https://b1946ac92492d234:7c6a180b36896a0a@api.agora.io",
		"https://7c6a180b36896a0a@api.agora.io",
		"https://b1946ac92492d234:7c6a180b36896a0a%@api.agora.io",
		"https://b1946ac92492d234:7c6a@180b36896a0a@api.agora.io",
		"http://b1946ac92492d234:7c6a180b36896a0a@localhost",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			_, err := NewClient(Options{Endpoints: []string{text}, AllowInsecureEndpoints: true})
			g.Expect(err).To(MatchError(ContainSubstring("[hidden]@" + text[strings.LastIndex(text, "@")+1:])))
			g.Expect(err).NotTo(MatchError(ContainSubstring("7c6a")))
		})
	}
}

func TestPlainHTTPToAnyHostHasToBeAllowed(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	_, err := NewClient(Options{Endpoints: []string{"http://agorasim.demo.svc"}})
	g.Expect(err).To(HaveOccurred())
	client, err := NewClient(Options{Endpoints: []string{"http://agorasim.demo.svc"}, AllowInsecureEndpoints: true})
	g.Expect(err).NotTo(HaveOccurred())
	client.Close()
	_, err = NewClient(Options{Endpoints: []string{"ftp://agorasim.demo.svc"}, AllowInsecureEndpoints: true})
	g.Expect(err).To(HaveOccurred())
}

func TestNoEndpointIsAnError(t *testing.T) {
	t.Parallel()
	_, err := NewClient(Options{})
	NewWithT(t).Expect(err).To(MatchError("no endpoint of Agora's service is configured"))
}
