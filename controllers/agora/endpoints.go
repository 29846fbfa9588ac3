// SPDX-License-Identifier: Apache-2.0

package agora

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

// failuresBeforeSwitch is Agora's documented order: the same host once more,
// then the next.
const failuresBeforeSwitch = 2

// preferFirstAfter is how long another endpoint than the first is used before
// the first is tried again.
const preferFirstAfter = 5 * time.Minute

// endpoints chooses the endpoint of the next attempt, for all recordings
// together. Only network failures move the choice: an answer of any kind shows
// that the endpoint can be reached.
type endpoints struct {
	urls  []string
	clock clock.PassiveClock

	mu       sync.Mutex
	index    int
	failures int
	// lastFailure keeps calls that failed at the same time from counting as
	// one try after another.
	lastFailure time.Time
	switchedAt  time.Time
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

// withoutUser hides what stands where a URL has its user and password: they may
// well be the credentials.
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

// current returns the endpoint for the next attempt, and when that begins.
func (e *endpoints) current() (endpoint string, begun time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.clock.Now()
	if e.index != 0 && now.Sub(e.switchedAt) >= preferFirstAfter {
		e.index, e.failures = 0, 0
	}
	return e.urls[e.index], now
}

// failed notes that an attempt that began at that time got no answer.
func (e *endpoints) failed(endpoint string, begun time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.urls[e.index] != endpoint || begun.Before(e.lastFailure) {
		return
	}
	e.lastFailure = e.clock.Now()
	e.failures++
	if e.failures < failuresBeforeSwitch {
		return
	}
	e.failures = 0
	e.index = (e.index + 1) % len(e.urls)
	e.switchedAt = e.lastFailure
}

// answered notes that an endpoint gave an answer, of whatever kind.
func (e *endpoints) answered(endpoint string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.urls[e.index] == endpoint {
		e.failures = 0
	}
}
