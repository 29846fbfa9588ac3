// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// tries is how often at the most a request is sent within one verification.
	// The next verification is a further try.
	tries = 3

	// longestBackoff bounds the time between two tries.
	longestBackoff = 300 * time.Millisecond

	// maxAnswer bounds an answer that is not an index: a page of a listing holds
	// 1,000 keys of 1,024 bytes at the most, and what Azure says of each file is
	// as long again.
	maxAnswer = 3 << 20

	// maxErrorAnswer bounds an answer that says what went wrong.
	maxErrorAnswer = 64 << 10
)

var (
	// errOtherAddress means that a request was about to go elsewhere than to the
	// service.
	errOtherAddress = errors.New("the address is not that of the storage service")

	// errTooMuch means that the service answers more than the bounds allow.
	errTooMuch = errors.New("the answer is too large")
)

// newTransport returns what carries all requests.
func newTransport(dialer *dialer) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  30 * time.Second,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
		// What is counted is then what is read.
		DisableCompression: true,
	}
}

// allowance is what one verification may still read. It belongs to one
// goroutine.
type allowance struct {
	bytes    int64
	exceeded bool
}

func (a *allowance) take(count int) error {
	a.bytes -= int64(count)
	if a.bytes < 0 {
		a.exceeded = true
		return errTooMuch
	}
	return nil
}

// guard carries the requests of one verification: to its service only, and
// within its allowance.
type guard struct {
	next      http.RoundTripper
	scheme    string
	host      string
	allowance *allowance

	// listing is what a listing begins with.
	listing string
}

// client returns an HTTP client whose requests go through the guard. It follows
// no redirect.
func (g *guard) client() *http.Client {
	return &http.Client{
		Transport:     g,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	if !g.allows(request.URL) || (request.Host != "" && request.Host != request.URL.Host) {
		return nil, errOtherAddress
	}
	response, err := g.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	limit, isFile := request.Context().Value(fileLimitKey{}).(int64)
	switch {
	case response.StatusCode >= http.StatusMultipleChoices:
		limit = maxErrorAnswer
	case !isFile:
		limit = maxAnswer
		response.Body = newListingBody(response.Body, g.listing)
	}
	response.Body = &limitedBody{ReadCloser: response.Body, left: limit, allowance: g.allowance}
	return response, nil
}

func (g *guard) allows(target *url.URL) bool {
	return target.Scheme == g.scheme && target.Host == g.host && target.User == nil
}

// limitedBody ends with an error where the service answers too much.
type limitedBody struct {
	io.ReadCloser
	left      int64
	allowance *allowance
}

// Read implements io.Reader.
func (b *limitedBody) Read(buffer []byte) (int, error) {
	count, err := b.ReadCloser.Read(buffer)
	b.left -= int64(count)
	if b.left < 0 {
		b.allowance.exceeded = true
		return 0, errTooMuch
	}
	if exceeded := b.allowance.take(count); exceeded != nil {
		return 0, exceeded
	}
	return count, err
}

type fileLimitKey struct{}

// withFileLimit marks requests for a file, of at most that size. All others are
// for listings.
func withFileLimit(ctx context.Context, limit int64) context.Context {
	return context.WithValue(ctx, fileLimitKey{}, limit)
}
