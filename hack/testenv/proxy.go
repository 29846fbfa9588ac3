// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
)

// NewProxy returns a proxy in front of a server. It drops the connection of a request that it
// cannot forward.
func NewProxy(server string, transport http.RoundTripper) (*httputil.ReverseProxy, error) {
	target, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("read the address of a server: %w", err)
	}
	return &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport,
		// Watches must be forwarded immediately.
		FlushInterval: -1,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:      Quiet(),
	}, nil
}

// NewBucketProxy returns a proxy in front of an S3 server.
func NewBucketProxy(endpoint string) (*httputil.ReverseProxy, error) {
	// The proxy must not add compression that the client did not ask for.
	proxy, err := NewProxy(endpoint, &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16})
	if err != nil {
		return nil, err
	}
	rewrite := proxy.Rewrite
	proxy.Rewrite = func(r *httputil.ProxyRequest) {
		rewrite(r)
		// The Host header is signed.
		r.Out.Host = r.In.Host
	}
	return proxy, nil
}

// NewServer returns a server on the loopback interface that is not started yet. It does not log
// dropped connections.
func NewServer(handler http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = Quiet()
	return server
}

// Quiet returns a logger that discards everything.
func Quiet() *log.Logger { return log.New(io.Discard, "", 0) }
