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

// NewProxy returns a proxy before a server. A request that cannot be passed on has its
// connection dropped.
func NewProxy(server string, transport http.RoundTripper) (*httputil.ReverseProxy, error) {
	target, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("read the address of a server: %w", err)
	}
	return &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport,
		// Watches send what they have at once.
		FlushInterval: -1,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:      Quiet(),
	}, nil
}

// NewBucketProxy returns a proxy before an S3 server.
func NewBucketProxy(endpoint string) (*httputil.ReverseProxy, error) {
	// A client that asks for no compression shall get none.
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

// NewServer returns a server on the loopback interface that is not started yet, and
// says nothing of connections that are dropped.
func NewServer(handler http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = Quiet()
	return server
}

// Quiet returns a logger that drops everything.
func Quiet() *log.Logger { return log.New(io.Discard, "", 0) }
