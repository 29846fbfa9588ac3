// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"time"
)

// bucketEffect is what a fault does to a request to the bucket.
type bucketEffect string

const (
	bucketUnavailable bucketEffect = "503"
	bucketForbidden   bucketEffect = "403"
	bucketCut         bucketEffect = "cut connection"
	bucketSlow        bucketEffect = "slow answer"
)

// bucketFault strikes requests of the operators to the bucket.
type bucketFault struct {
	effect bucketEffect
	delay  time.Duration
}

// bucketGate stands between the operators and the S3 server. The Host header
// passes unchanged: it is signed.
type bucketGate struct {
	server *httptest.Server
	faults faultQueue[bucketFault]
	proxy  *httputil.ReverseProxy
}

func newBucketGate(endpoint string) (*bucketGate, error) {
	target, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("read the address of the S3 server: %w", err)
	}
	g := &bucketGate{proxy: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		Transport:    &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     stdlog.New(io.Discard, "", 0),
	}}
	g.server = httptest.NewUnstartedServer(g)
	g.server.Config.ErrorLog = g.proxy.ErrorLog
	g.server.Start()
	return g, nil
}

// ServeHTTP passes a request on, unless a fault strikes it.
func (g *bucketGate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, _ := g.faults.strike(func(bucketFault) bool { return true })
	switch fault.effect {
	case bucketUnavailable:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case bucketForbidden:
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`)
		return
	case bucketCut:
		panic(http.ErrAbortHandler)
	case bucketSlow:
		select {
		case <-time.After(fault.delay):
		case <-r.Context().Done():
		}
	}
	g.proxy.ServeHTTP(w, r)
}

func (g *bucketGate) close() {
	g.server.CloseClientConnections()
	g.server.Close()
}
