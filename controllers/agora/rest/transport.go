// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout = 5 * time.Second
	pingTimeout = 15 * time.Second

	// maxIdleConnections allows several hundred concurrent stops to keep their
	// connections for later calls when HTTP/2 is not available.
	maxIdleConnections = 512
)

// newTransport returns the transport for all requests.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: dialTimeout,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        maxIdleConnections,
		MaxIdleConnsPerHost: maxIdleConnections,
		IdleConnTimeout:     90 * time.Second,
		// Without pings, a connection that died silently would fail one call after
		// another.
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: pingTimeout, PingTimeout: pingTimeout},
		ExpectContinueTimeout: time.Second,
	}
}
