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

	// maxIdleConnections lets several hundred stops that ran at once leave
	// their connections for the next ones, where HTTP/2 is not offered.
	maxIdleConnections = 512
)

// newTransport returns what carries the requests.
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
		// A connection that died silently must not cost one call after another.
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: pingTimeout, PingTimeout: pingTimeout},
		ExpectContinueTimeout: time.Second,
	}
}
