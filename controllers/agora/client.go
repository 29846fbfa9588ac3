// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"k8s.io/utils/clock"
)

const (
	contentType = "application/json;charset=utf-8"

	// maxReplyBytes is far above what a recording's file list can take, and
	// below what an object in the API server can hold.
	maxReplyBytes = 1 << 20

	dialTimeout = 5 * time.Second
	pingTimeout = 15 * time.Second

	// maxIdleConnections lets several hundred stops that ran at once leave
	// their connections for the next ones, where HTTP/2 is not offered.
	maxIdleConnections = 512
)

// Options are the settings of a Client.
type Options struct {
	// Endpoints are the base URLs of Agora's service in the order of preference.
	Endpoints []string

	// AllowInsecureEndpoints permits plain http to other hosts than this one.
	AllowInsecureEndpoints bool

	// UserAgent is sent with every request.
	UserAgent string

	// Clock measures how long a call took. Defaults to the real clock.
	Clock clock.PassiveClock

	// Observe is told of every call, for metrics. Optional.
	Observe func(method Method, conclusion Conclusion, duration time.Duration)
}

// Client calls Agora's REST API. It is safe for concurrent use.
type Client struct {
	endpoints *endpoints
	http      *http.Client
	userAgent string
	clock     clock.PassiveClock
	observe   func(Method, Conclusion, time.Duration)
	timeout   func(Method) time.Duration
}

// NewClient returns a Client for the endpoints in the options, or an error
// that says which endpoint cannot be used and why.
func NewClient(options Options) (*Client, error) {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	endpoints, err := newEndpoints(options.Endpoints, options.AllowInsecureEndpoints, options.Clock)
	if err != nil {
		return nil, err
	}
	return &Client{
		endpoints: endpoints,
		http: &http.Client{
			Transport: newTransport(),
			// A redirect would carry the credentials to an address that nobody configured.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		userAgent: options.UserAgent,
		clock:     options.Clock,
		observe:   options.Observe,
		timeout:   Method.Timeout,
	}, nil
}

// Close closes the connections that are idle.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: dialTimeout,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        maxIdleConnections,
		MaxIdleConnsPerHost: maxIdleConnections,
		IdleConnTimeout:     90 * time.Second,
		// A connection that died silently must not cost one call after another.
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: pingTimeout, PingTimeout: pingTimeout},
		ExpectContinueTimeout: time.Second,
	}
}

// call is a request to Agora, still without an endpoint.
type call struct {
	method Method
	verb   string
	// path holds the segments below /v1/apps/{appid}/cloud_recording, not escaped.
	path []string
	// body is sent as JSON unless it is nil.
	body any
	// secrets are the texts in the body that must not come back.
	secrets []string
}

// envelope is the body of every method that has one.
type envelope struct {
	CName         string `json:"cname"`
	UID           string `json:"uid"`
	ClientRequest any    `json:"clientRequest"`
}

// do makes one attempt at a call and says what came of it.
func (c *Client) do(ctx context.Context, credentials Credentials, recording Recording, call call) Answer {
	begin := c.clock.Now()
	answer := c.attempt(ctx, credentials, recording, call)
	answer.Method = call.method
	if c.observe != nil {
		c.observe(call.method, answer.Conclusion, c.clock.Since(begin))
	}
	return answer
}

func (c *Client) attempt(ctx context.Context, credentials Credentials, recording Recording, call call) Answer {
	patience := ctx
	ctx, cancel := context.WithTimeout(ctx, c.timeout(call.method))
	defer cancel()
	try := c.endpoints.begin(mayProbe(ctx, patience, call.method))
	outcome := outcomeUnknown
	defer func() { c.endpoints.settle(try, outcome) }()

	request, err := c.newRequest(ctx, try.endpoint, credentials, recording, call)
	if err != nil {
		return Answer{Conclusion: InvalidRequest, Reason: err.Error(), Err: err}
	}
	response, err := c.http.Do(request)
	if err != nil {
		outcome = outcomeOfError(patience, err)
		return unanswered(err)
	}
	defer response.Body.Close() //nolint:errcheck // the whole body has been read, or no more of it is wanted

	body, err := readBody(response.Body)
	if err != nil {
		outcome = outcomeOfError(patience, err)
		answer := unanswered(err)
		answer.HTTPStatus = response.StatusCode
		return answer
	}
	r := decodeReply(response.StatusCode, body)
	outcome = r.outcome()
	answer := conclude(call.method, credentials, recording, r, call.secrets...)
	answer.RequestID = response.Header.Get("X-Request-Id")
	answer.RetryAfter = retryAfter(response.Header, c.clock.Now())
	return answer
}

// mayProbe says whether a call may try an endpoint that was bad before. A query
// that fails is soon asked again, unless it is the last one before a stop, which has
// less time than others.
func mayProbe(ctx, patience context.Context, method Method) bool {
	deadline, _ := ctx.Deadline()
	earlier, impatient := patience.Deadline()
	return method == MethodQuery && (!impatient || deadline.Before(earlier))
}

// outcomeOfError returns what the lack of a complete answer says of the endpoint.
func outcomeOfError(patience context.Context, err error) outcome {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errReplyTooLarge):
		return outcomeAnswered
	case errors.Is(patience.Err(), context.DeadlineExceeded):
		// A caller may have less patience than the method allows.
		return outcomeFailed
	case patience.Err() != nil, errors.Is(err, context.Canceled):
		return outcomeUnknown
	case errors.As(err, &timeout) && timeout.Timeout():
		return outcomeTimedOut
	default:
		return outcomeFailed
	}
}

func (c *Client) newRequest(
	ctx context.Context, endpoint string, credentials Credentials, recording Recording, call call,
) (*http.Request, error) {
	path, err := escapePath(append([]string{"v1", "apps", recording.AppID, "cloud_recording"}, call.path...))
	if err != nil {
		return nil, fmt.Errorf("build the URL of %s: %w", call.method, err)
	}
	var body io.Reader = emptyBody{}
	if call.body != nil {
		encoded, err := json.Marshal(call.body)
		if err != nil {
			return nil, fmt.Errorf("encode the body of %s: %w", call.method, err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, call.verb, endpoint+path, body)
	if err != nil {
		return nil, fmt.Errorf("build the request of %s: %w", call.method, err)
	}
	request.SetBasicAuth(credentials.CustomerID, credentials.CustomerSecret)
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	return request, nil
}

// emptyBody is the body of a request that has none. Go's HTTP client sends a GET
// again by itself when a connection breaks, which would count against the
// account's limit unseen, unless it has a body that it cannot read twice.
type emptyBody struct{}

// Read implements io.Reader.
func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }

// escapePath joins segments so that none of them can change the path.
func escapePath(segments []string) (string, error) {
	var path strings.Builder
	for _, segment := range segments {
		// These are not changed by escaping, and servers resolve them.
		if segment == "" || segment == "." || segment == ".." {
			return "", fmt.Errorf("%q cannot be a part of the path", segment)
		}
		path.WriteByte('/')
		path.WriteString(url.PathEscape(segment))
	}
	return path.String(), nil
}

var errReplyTooLarge = fmt.Errorf("the answer is larger than %d bytes", maxReplyBytes)

func readBody(body io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(body, maxReplyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(content) > maxReplyBytes {
		return nil, errReplyTooLarge
	}
	return content, nil
}

// unanswered is the Answer for a call that brought no complete reply.
func unanswered(err error) Answer {
	return Answer{Conclusion: NotKnown, Reason: networkReason(err), Err: err}
}

// networkReason says what went wrong in words that are the same for the same
// cause: the errors themselves name ports and addresses that change each time.
func networkReason(err error) string {
	var resolution *net.DNSError
	var certificate *tls.CertificateVerificationError
	var operation *net.OpError
	switch {
	case errors.Is(err, errReplyTooLarge):
		return errReplyTooLarge.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no complete answer in time"
	case errors.Is(err, context.Canceled):
		return "the call was given up"
	case errors.As(err, &resolution):
		return "the name of the endpoint cannot be resolved"
	case errors.As(err, &certificate):
		return "the certificate of the endpoint cannot be verified"
	case errors.As(err, &operation) && operation.Op == "dial":
		return "the endpoint cannot be reached"
	default:
		return "the connection ended before the whole answer had arrived"
	}
}

// redact removes the credentials, and what else was secret in a request, from a
// text that came from outside.
func redact(text string, credentials Credentials, others ...string) string {
	secrets := append([]string{basicAuthorization(credentials), credentials.CustomerSecret}, others...)
	// A secret may be a part of another one.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return text
}

func basicAuthorization(credentials Credentials) string {
	request := http.Request{Header: http.Header{}}
	request.SetBasicAuth(credentials.CustomerID, credentials.CustomerSecret)
	return strings.TrimPrefix(request.Header.Get("Authorization"), "Basic ")
}
