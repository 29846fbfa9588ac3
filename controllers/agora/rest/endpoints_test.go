// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/controllers/agora"
)

const (
	hostA = "https://a.example.com"
	hostB = "https://b.example.com"
	hostC = "https://c.example.com"
)

// chooser makes one call after another.
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

// next returns the endpoint of the next call.
func (c chooser) next() string { return c.begin(false).endpoint }

// call makes a call with the given outcome, and returns its endpoint.
func (c chooser) call(outcome outcome) string {
	try := c.begin(true)
	c.pass(100 * time.Millisecond)
	c.settle(try, outcome)
	return try.endpoint
}

// fail makes a call that fails, and returns its endpoint.
func (c chooser) fail() string { return c.call(outcomeFailed) }

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

func TestEndpointThatTimesOutIsNotTriedTwice(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ endpoints, tried []string }{
		"one":   {endpoints: []string{hostA}, tried: []string{hostA, hostA, hostA}},
		"two":   {endpoints: []string{hostA, hostB}, tried: []string{hostA, hostB, hostA, hostB}},
		"three": {endpoints: []string{hostA, hostB, hostC}, tried: []string{hostA, hostB, hostC, hostA}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chooser := newChooser(t, test.endpoints...)
			var tried []string
			for range test.tried {
				tried = append(tried, chooser.call(outcomeTimedOut))
			}
			NewWithT(t).Expect(tried).To(Equal(test.tried))
		})
	}
}

func TestEndpointThatAnswersInBetweenIsKept(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	for range 5 {
		g.Expect(chooser.fail()).To(Equal(hostA))
		g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostA))
	}
	g.Expect(chooser.next()).To(Equal(hostA))
}

func TestCallThatWasGivenUpCountsForNothing(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	g.Expect(chooser.fail()).To(Equal(hostA))
	for range 5 {
		g.Expect(chooser.call(outcomeUnknown)).To(Equal(hostA))
	}
	g.Expect(chooser.fail()).To(Equal(hostA))
	g.Expect(chooser.next()).To(Equal(hostB))
}

func TestOneCallThatHangsAmongOthersThatAreAnsweredCountsOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	hanging := chooser.begin(false)
	chooser.pass(5 * time.Second)
	g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostA))
	chooser.pass(5 * time.Second)
	chooser.settle(hanging, outcomeTimedOut)
	g.Expect(chooser.next()).To(Equal(hostA))
	g.Expect(chooser.fail()).To(Equal(hostA))
	g.Expect(chooser.next()).To(Equal(hostB))
}

func TestEndpointThatAnswersLateDoesNotCountForAnother(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	late := chooser.begin(false)
	chooser.failTimes(3)
	chooser.settle(late, outcomeAnswered)
	g.Expect(chooser.fail()).To(Equal(hostB))
	g.Expect(chooser.next()).To(Equal(hostA))
}

// beginTimes begins concurrent calls.
func (c chooser) beginTimes(times int) []attempt {
	var tries []attempt
	for range times {
		tries = append(tries, c.begin(false))
		c.pass(time.Millisecond)
	}
	return tries
}

func (c chooser) settleAll(tries []attempt, outcome outcome) {
	for _, try := range tries {
		c.settle(try, outcome)
		c.pass(time.Millisecond)
	}
}

func TestFailuresAtTheSameTimeCountOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	for _, next := range []string{hostA, hostB} {
		tries := chooser.beginTimes(100)
		chooser.pass(5 * time.Second)
		chooser.settleAll(tries, outcomeFailed)
		g.Expect(chooser.next()).To(Equal(next))
	}
}

func TestCallsThatTimeOutTogetherSkipNoEndpoint(t *testing.T) {
	t.Parallel()
	for _, hosts := range [][]string{{hostA, hostB}, {hostA, hostB, hostC}} {
		t.Run(fmt.Sprint(len(hosts)), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			chooser := newChooser(t, hosts...)
			stops, queries := chooser.beginTimes(50), chooser.beginTimes(50)
			chooser.pass(10 * time.Second)
			chooser.settleAll(queries, outcomeTimedOut)
			g.Expect(chooser.next()).To(Equal(hostB))
			g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostB))
			chooser.pass(25 * time.Second)
			chooser.settleAll(stops, outcomeTimedOut)
			g.Expect(chooser.next()).To(Equal(hostB))
		})
	}
}

func TestLateFailuresOfAnEndpointDoNotCountOnceItIsUsedAgain(t *testing.T) {
	t.Parallel()
	for _, outcome := range []outcome{outcomeFailed, outcomeTimedOut} {
		t.Run(fmt.Sprint(outcome), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			chooser := newChooser(t, hostA, hostB)
			late := chooser.beginTimes(10)
			chooser.failTimes(4)
			g.Expect(chooser.next()).To(Equal(hostA))
			chooser.settleAll(late, outcome)
			g.Expect(chooser.next()).To(Equal(hostA))
			g.Expect(chooser.failTimes(3)).To(Equal([]string{hostA, hostA, hostB}))
		})
	}
}

func TestFailuresOfTheEndpointBeforeDoNotCountForTheNext(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	late := chooser.beginTimes(20)
	chooser.failTimes(2)
	chooser.settleAll(late, outcomeFailed)
	g.Expect(chooser.next()).To(Equal(hostB))
}

func TestFirstEndpointIsPreferredAgainOnceItAnswers(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB, hostC)
	chooser.failTimes(2)
	chooser.pass(5*time.Minute - time.Millisecond)
	g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostB))
	g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostA))
	g.Expect(chooser.next()).To(Equal(hostA))
	g.Expect(chooser.failTimes(3)).To(Equal([]string{hostA, hostA, hostB}))
}

func TestFirstEndpointThatIsStillBadCostsOneCall(t *testing.T) {
	t.Parallel()
	for _, outcome := range []outcome{outcomeFailed, outcomeTimedOut} {
		t.Run(fmt.Sprint(outcome), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			chooser := newChooser(t, hostA, hostB)
			chooser.failTimes(2)
			for range 3 {
				chooser.pass(5 * time.Minute)
				probe := chooser.begin(true)
				g.Expect(probe.endpoint).To(Equal(hostA))
				for range 20 {
					g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostB))
				}
				chooser.settle(probe, outcome)
				g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostB))
			}
		})
	}
}

func TestProbeThatWasGivenUpIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	chooser.failTimes(2)
	chooser.pass(5 * time.Minute)
	g.Expect(chooser.call(outcomeUnknown)).To(Equal(hostA))
	g.Expect(chooser.next()).To(Equal(hostB))
	g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostA))
	g.Expect(chooser.next()).To(Equal(hostA))
}

func TestCallThatMayNotProbeLeavesThatToOthers(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	chooser.failTimes(2)
	chooser.pass(time.Hour)
	g.Expect(chooser.begin(false).endpoint).To(Equal(hostB))
	g.Expect(chooser.begin(true).endpoint).To(Equal(hostA))
}

func TestProbeCountsAsAnyCallOnceTheFirstEndpointIsInUse(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	chooser := newChooser(t, hostA, hostB)
	chooser.failTimes(2)
	chooser.pass(5 * time.Minute)
	probe := chooser.begin(true)
	g.Expect(probe.probes).To(BeTrue())
	g.Expect(chooser.failTimes(2)).To(Equal([]string{hostB, hostB}))
	chooser.settle(probe, outcomeTimedOut)
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
	g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostC))
	chooser.pass(time.Minute)
	g.Expect(chooser.call(outcomeAnswered)).To(Equal(hostA))
	g.Expect(chooser.next()).To(Equal(hostA))
}

// endpointsTried makes calls and returns their endpoints.
func endpointsTried(t *testing.T, calls int, network roundTrip) []string {
	t.Helper()
	client := newTestClient(t, hostA, hostB)
	var tried []string
	client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		tried = append(tried, r.URL.Scheme+"://"+r.URL.Host)
		return network(r)
	})
	for range calls {
		client.Query(t.Context(), testCredentials(), aRecording())
	}
	return tried
}

func TestNetworkFailureSwitchesTheEndpoint(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"torn":  io.ErrUnexpectedEOF,
		"other": errors.New("tls: handshake failure"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tried := endpointsTried(t, 5, func(*http.Request) (*http.Response, error) { return nil, err })
			NewWithT(t).Expect(tried).To(Equal([]string{hostA, hostA, hostB, hostB, hostA}))
		})
	}
}

func TestTimeoutSwitchesTheEndpointAtOnce(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"of the method":           context.DeadlineExceeded,
		"while it is dialed":      &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded},
		"while it reads the body": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tried := endpointsTried(t, 4, func(*http.Request) (*http.Response, error) {
				if err != nil {
					return nil, err
				}
				response := respond(200, "")
				response.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{context.DeadlineExceeded}))
				return response, nil
			})
			NewWithT(t).Expect(tried).To(Equal([]string{hostA, hostB, hostA, hostB}))
		})
	}
}

// broken is the rest of a body, which cannot be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestTornBodySwitchesTheEndpoint(t *testing.T) {
	t.Parallel()
	tried := endpointsTried(t, 3, func(*http.Request) (*http.Response, error) {
		response := respond(200, "")
		response.Body = io.NopCloser(broken{io.ErrUnexpectedEOF})
		return response, nil
	})
	NewWithT(t).Expect(tried).To(Equal([]string{hostA, hostA, hostB}))
}

// gatewayErrors returns bodies of server errors that do not come from Agora's service.
func gatewayErrors(t *testing.T) map[string]string {
	return map[string]string{
		"a page":          replyFile(t, "gateway.html"),
		"nothing":         "",
		"a message":       `{"message":"The upstream server is timing out"}`,
		"no object":       `["unavailable"]`,
		"an empty object": "{}",
		"a code in words": `{"code":"ServiceUnavailable"}`,
		"a code of null":  `{"code":null}`,
		"a cut-off body":  `{` + lessonIdentity + `,"code":62`,
	}
}

func TestGatewayThatReachesNoServiceCountsLikeANetworkFailure(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 503, 504, 521} {
		for name, body := range gatewayErrors(t) {
			t.Run(fmt.Sprintf("%d/%s", status, name), func(t *testing.T) {
				t.Parallel()
				tried := endpointsTried(t, 5, func(*http.Request) (*http.Response, error) { return respond(status, body), nil })
				NewWithT(t).Expect(tried).To(Equal([]string{hostA, hostA, hostB, hostB, hostA}))
			})
		}
	}
}

func TestErrorOfTheServiceDoesNotSwitchTheEndpoint(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 503, 504} {
		for name, body := range map[string]string{
			"timed out":           `{"code":62,"reason":"request timeout"}`,
			"no worker":           `{"code":502,"reason":"Failed to allocate worker"}`,
			"internal":            `{"code":500,"reason":"internal_error"}`,
			"a code in a string":  `{"code":"62"}`,
			"of the recording":    `{` + lessonIdentity + `}`,
			"a response":          `{"serverResponse":{}}`,
			"seen in public":      `{"code":15,"sid":"","resourceId":"` + lessonResourceID + `"}`,
			"of another, at that": `{"sid":"00000000000000000000000000000000"}`,
		} {
			t.Run(fmt.Sprintf("%d/%s", status, name), func(t *testing.T) {
				t.Parallel()
				tried := endpointsTried(t, 6, func(*http.Request) (*http.Response, error) { return respond(status, body), nil })
				NewWithT(t).Expect(tried).To(HaveEach(hostA))
			})
		}
	}
}

func TestAnswerThatIsNoServerErrorDoesNotSwitchTheEndpoint(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 206, 302, 400, 401, 403, 404, 429} {
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
		return respond(504, `{"code":62,"reason":"request timeout"}`), nil
	})
	NewWithT(t).Expect(tried).To(HaveEach(hostA))
}

func TestGatewayErrorInBetweenDoesNotKeepTheEndpoint(t *testing.T) {
	t.Parallel()
	var calls int
	tried := endpointsTried(t, 3, func(*http.Request) (*http.Response, error) {
		calls++
		if calls%2 == 1 {
			return nil, io.ErrUnexpectedEOF
		}
		return respond(502, ""), nil
	})
	NewWithT(t).Expect(tried).To(Equal([]string{hostA, hostA, hostB}))
}

func TestCallerWithLessPatienceDoesNotSwitchTheEndpointAlone(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	client := newTestClient(t, hostA, hostB)
	var tried []string
	client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		tried = append(tried, r.URL.Scheme+"://"+r.URL.Host)
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		g.Expect(client.Query(ctx, testCredentials(), aRecording()).Reason).To(Equal("no complete answer in time"))
		cancel()
	}
	g.Expect(tried).To(Equal([]string{hostA, hostA, hostB}))
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
		client.Query(t.Context(), testCredentials(), agora.Recording{})
	}
	g.Expect(client.endpoints.begin(false).endpoint).To(Equal(hostA))
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
