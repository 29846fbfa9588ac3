// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// failuresBeforeSwitch follows Agora's documentation: try the same host once more, then
// the next one.
const failuresBeforeSwitch = 2

// preferFirstAfter is how long another endpoint is used before a call tries the first one
// again.
const preferFirstAfter = 5 * time.Minute

// outcome is what an attempt shows about its endpoint.
type outcome int

const (
	// outcomeUnknown means that the attempt shows nothing, because the caller canceled
	// the call.
	outcomeUnknown outcome = iota

	// outcomeAnswered means that Agora's service answered, or that its gateway
	// answered for it.
	outcomeAnswered

	// outcomeFailed means that the service did not answer: the network failed, or a
	// gateway could not reach the service.
	outcomeFailed

	// outcomeTimedOut means that the endpoint did not answer within the method's timeout.
	// This takes so long that the endpoint is not tried twice.
	outcomeTimedOut
)

// attempt is a call in progress.
type attempt struct {
	endpoint string
	begun    time.Time

	// probes is true if the attempt tests the first endpoint while another one is in use.
	probes bool
}

// endpoints chooses the endpoint of the next attempt for all recordings. An answer from
// the service, whatever it says, is no reason to switch: the other endpoints lead to the
// same service.
type endpoints struct {
	urls  []string
	clock clock.PassiveClock

	mu       sync.Mutex
	index    int
	failures int
	// lastFailure keeps calls that failed at the same time from counting as successive
	// failures.
	lastFailure time.Time
	// lastAnswered is when the endpoint in use last answered.
	lastAnswered time.Time
	// switchedAt is when the endpoint in use was chosen, or when the first one last
	// failed a probe.
	switchedAt time.Time
	// probing is true while a call tests the first endpoint.
	probing bool
}

func newEndpoints(urls []string, allowInsecure bool, clock clock.PassiveClock) (*endpoints, error) {
	if len(urls) == 0 {
		return nil, errors.New("no endpoint of Agora's service is configured")
	}
	bases := make([]string, 0, len(urls))
	for _, text := range urls {
		base, err := parseEndpoint(text, allowInsecure)
		if err != nil {
			return nil, fmt.Errorf("endpoint %q: %w", withoutUser(text), err)
		}
		bases = append(bases, base)
	}
	return &endpoints{urls: bases, clock: clock}, nil
}

func parseEndpoint(text string, allowInsecure bool) (string, error) {
	endpoint, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return "", errors.New("it is not a URL")
	}
	hasMore := endpoint.User != nil || endpoint.RawQuery != "" || endpoint.ForceQuery || endpoint.Fragment != ""
	if endpoint.Hostname() == "" || hasMore {
		return "", errors.New("it must be a scheme and a host, such as https://api.agora.io")
	}
	switch endpoint.Scheme {
	case "https":
	case "http":
		if !allowInsecure && !isLoopback(endpoint.Hostname()) {
			return "", errors.New("plain http would show the credentials to the network: use https")
		}
	default:
		return "", errors.New("its scheme must be https")
	}
	return strings.TrimSuffix(endpoint.String(), "/"), nil
}

// withoutUser hides the user and password in a URL, because they may be the credentials.
func withoutUser(text string) string {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		return "[hidden]" + text[at:]
	}
	return text
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && address.IsLoopback())
}

// begin chooses the endpoint of a new attempt. Every attempt must be settled. While the
// first endpoint is not in use, a call that may probe tries it from time to time. If it
// still fails, the other calls lose no time.
func (e *endpoints) begin(mayProbe bool) attempt {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.clock.Now()
	if mayProbe && !e.probing && e.index != 0 && now.Sub(e.switchedAt) >= preferFirstAfter {
		e.probing = true
		return attempt{endpoint: e.urls[0], begun: now, probes: true}
	}
	return attempt{endpoint: e.urls[e.index], begun: now}
}

// settle records the outcome of an attempt.
func (e *endpoints) settle(try attempt, outcome outcome) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if try.probes {
		e.probing = false
		if e.index != 0 {
			e.settleProbe(outcome)
			return
		}
	}
	// Outcomes from before the endpoint was chosen do not count.
	if e.urls[e.index] != try.endpoint || try.begun.Before(e.switchedAt) {
		return
	}
	switch outcome {
	case outcomeAnswered:
		e.failures = 0
		e.lastAnswered = e.clock.Now()
	case outcomeFailed:
		e.fail(try, 1)
	case outcomeTimedOut:
		if try.begun.Before(e.lastAnswered) {
			// Other calls were answered in the meantime.
			e.fail(try, 1)
			return
		}
		e.fail(try, failuresBeforeSwitch)
	case outcomeUnknown:
	}
}

// settleProbe records the outcome of an attempt that tested the first endpoint.
func (e *endpoints) settleProbe(outcome outcome) {
	switch outcome {
	case outcomeAnswered:
		e.use(0)
	case outcomeFailed, outcomeTimedOut:
		e.switchedAt = e.clock.Now()
	case outcomeUnknown:
	}
}

// fail counts a failure of the endpoint in use and switches to the next one after enough
// failures.
func (e *endpoints) fail(try attempt, weight int) {
	if weight < failuresBeforeSwitch && try.begun.Before(e.lastFailure) {
		return
	}
	e.lastFailure = e.clock.Now()
	e.failures += weight
	if e.failures >= failuresBeforeSwitch {
		e.use((e.index + 1) % len(e.urls))
	}
}

func (e *endpoints) use(index int) {
	e.index, e.failures = index, 0
	e.lastAnswered = time.Time{}
	e.switchedAt = e.clock.Now()
}
