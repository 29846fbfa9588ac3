// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"net/http"
	"time"

	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/controllers/agora"
)

// Options are the settings of a Client.
type Options struct {
	// Endpoints are the base URLs of Agora's service in the order of preference.
	Endpoints []string

	// AllowInsecureEndpoints allows plain HTTP to hosts other than the local one.
	AllowInsecureEndpoints bool

	// UserAgent is sent with every request.
	UserAgent string

	// Clock measures the duration of calls. Defaults to the real clock.
	Clock clock.PassiveClock

	// Observe is called after every call, for metrics. Optional.
	Observe func(method agora.Method, conclusion agora.Conclusion, duration time.Duration)
}

// Client calls Agora's REST API. It is safe for concurrent use.
type Client struct {
	endpoints *endpoints
	http      *http.Client
	userAgent string
	clock     clock.PassiveClock
	observe   func(agora.Method, agora.Conclusion, time.Duration)
	timeout   func(agora.Method) time.Duration
}

// NewClient returns a Client for the endpoints in the options. The error names the
// endpoint that cannot be used and says why.
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
			// A redirect would send the credentials to an address that nobody configured.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		userAgent: options.UserAgent,
		clock:     options.Clock,
		observe:   options.Observe,
		timeout:   agora.Method.Timeout,
	}, nil
}

// Close closes the idle connections.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
}

// do makes one attempt at a call and returns its outcome.
func (c *Client) do(ctx context.Context, credentials agora.Credentials, recording agora.Recording, call call) agora.Answer {
	begin := c.clock.Now()
	answer := c.attempt(ctx, credentials, recording, call)
	answer.Method = call.method
	if c.observe != nil {
		c.observe(call.method, answer.Conclusion, c.clock.Since(begin))
	}
	return answer
}

func (c *Client) attempt(ctx context.Context, credentials agora.Credentials, recording agora.Recording, call call) agora.Answer {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.timeout(call.method))
	defer cancel()
	try := c.endpoints.begin(mayProbe(ctx, caller, call.method))
	outcome := outcomeUnknown
	defer func() { c.endpoints.settle(try, outcome) }()

	request, err := c.newRequest(ctx, try.endpoint, credentials, recording, call)
	if err != nil {
		return agora.Answer{Conclusion: agora.InvalidRequest, Reason: err.Error(), Err: err}
	}
	response, err := c.http.Do(request)
	if err != nil {
		outcome = outcomeOfError(caller, err)
		return unanswered(err)
	}
	defer response.Body.Close() //nolint:errcheck // the whole body has been read, or no more of it is wanted

	body, err := readBody(response.Body)
	if err != nil {
		outcome = outcomeOfError(caller, err)
		answer := unanswered(err)
		answer.HTTPStatus = response.StatusCode
		return answer
	}
	reply := agora.DecodeReply(response.StatusCode, body)
	outcome = outcomeOf(reply)
	answer := agora.Conclude(call.method, credentials, recording, reply, call.secrets...)
	answer.RequestID = response.Header.Get("X-Request-Id")
	answer.RetryAfter = retryAfter(response.Header, c.clock.Now())
	return answer
}

// mayProbe reports whether a call may try an endpoint that failed before. A failed query
// is soon repeated, except for the last one before a stop, which has less time than
// others.
func mayProbe(ctx, caller context.Context, method agora.Method) bool {
	deadline, _ := ctx.Deadline()
	earlier, isBounded := caller.Deadline()
	return method == agora.MethodQuery && (!isBounded || deadline.Before(earlier))
}
