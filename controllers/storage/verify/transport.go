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
	// tries is the maximum number of attempts for a request within one verification. The
	// next verification tries again anyway.
	tries = 3

	// longestBackoff limits the time between two attempts.
	longestBackoff = 300 * time.Millisecond

	// maxAnswer limits an answer that is not an index. A page of a listing holds at most
	// 1,000 keys of 1,024 bytes, and Azure adds as much again about each file.
	maxAnswer = 3 << 20

	// maxErrorAnswer limits an error answer.
	maxErrorAnswer = 64 << 10
)

var (
	// errOtherAddress means that a request was about to go to an address other than the
	// service's.
	errOtherAddress = errors.New("the address is not that of the storage service")

	// errTooMuch means that an answer exceeds the limits.
	errTooMuch = errors.New("the answer is too large")
)

// newTransport returns the transport of all requests.
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
		// Without compression, the bytes that are counted are those that are read.
		DisableCompression: true,
	}
}

// allowance is what one verification may still read. It is used by one goroutine.
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

// guard sends the requests of one verification only to its service, and only within its
// allowance.
type guard struct {
	next      http.RoundTripper
	scheme    string
	host      string
	allowance *allowance

	// listing is the beginning of every listing.
	listing string
}

// client returns an HTTP client that sends its requests through the guard. It does not
// follow redirects.
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

// limitedBody fails if the answer is too large.
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

// withFileLimit marks a request for a file of at most this size. Unmarked requests are
// for listings.
func withFileLimit(ctx context.Context, limit int64) context.Context {
	return context.WithValue(ctx, fileLimitKey{}, limit)
}
