// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"time"

	"cloudrecording.dev/operator/hack/testenv"
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

// bucketProxy stands between the operators and the S3 server.
type bucketProxy struct {
	server *httptest.Server
	faults faultQueue[bucketFault]
	proxy  *httputil.ReverseProxy
}

func newBucketProxy(endpoint string) (*bucketProxy, error) {
	proxy, err := testenv.NewBucketProxy(endpoint)
	if err != nil {
		return nil, err
	}
	p := &bucketProxy{proxy: proxy}
	p.server = testenv.NewServer(p)
	p.server.Start()
	return p, nil
}

// ServeHTTP passes a request on, unless a fault strikes it.
func (p *bucketProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, _ := p.faults.strike(func(bucketFault) bool { return true })
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
	p.proxy.ServeHTTP(w, r)
}

func (p *bucketProxy) close() error { return closeServer(p.server) }

// closeServer closes a server with its connections.
func closeServer(server *httptest.Server) error {
	server.CloseClientConnections()
	server.Close()
	return nil
}
