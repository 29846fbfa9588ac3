// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"
)

// traffic counts requests to an S3 server.
type traffic struct {
	// listings are pages of keys, without those for moved recorders.
	listings int

	// movedListings are pages of keys with the prefixes that recorders have
	// after a move to another server.
	movedListings int

	// indexReads are reads of playlists.
	indexReads int

	others int
}

// gate is a proxy before an S3 server, which counts what passes. The Host header
// passes unchanged: it is signed.
type gate struct {
	// URL is where clients find the server.
	URL string

	server *http.Server
	ended  chan error

	mu     sync.Mutex
	passed traffic
}

// newGate starts a gate before the S3 server at an address.
func newGate(ctx context.Context, endpoint string) (*gate, error) {
	target, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("read the address of the S3 server: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen before the S3 server: %w", err)
	}
	g := &gate{URL: "http://" + listener.Addr().String(), ended: make(chan error, 1)}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		// A client that asks for no compression shall get none.
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16},
	}
	g.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			g.count(r)
			proxy.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: time.Minute,
	}
	go func() { g.ended <- g.server.Serve(listener) }()
	return g, nil
}

func (g *gate) count(r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	query := r.URL.Query()
	isListing := r.Method == http.MethodGet && query.Has("list-type")
	switch {
	case isListing && strings.HasPrefix(path.Base(query.Get("prefix")), "bak"):
		g.passed.movedListings++
	case isListing:
		g.passed.listings++
	case r.Method == http.MethodGet && path.Ext(r.URL.Path) == ".m3u8":
		g.passed.indexReads++
	default:
		g.passed.others++
	}
}

// take returns what has passed since it was asked last.
func (g *gate) take() traffic {
	g.mu.Lock()
	defer g.mu.Unlock()
	passed := g.passed
	g.passed = traffic{}
	return passed
}

func (g *gate) close() error {
	closed := g.server.Close()
	if err := <-g.ended; !errors.Is(err, http.ErrServerClosed) {
		closed = errors.Join(closed, err)
	}
	if closed != nil {
		return fmt.Errorf("end the proxy before the S3 server: %w", closed)
	}
	return nil
}
