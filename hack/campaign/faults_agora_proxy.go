// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"sync"

	"cloudrecording.dev/operator/hack/agorasim"
)

// agoraProxy stands before the simulator and notes what is asked and answered.
type agoraProxy struct {
	agora      http.Handler
	answers    log[answer]
	killPoints killPoints
	// accountOf returns whose account a valid pair is; empty if it is not valid.
	accountOf func(customer, secret string) string
	// struck counts the requests that a gateway answered, and the kill points that were
	// reached.
	struck counter
}

// killPoints are those that wait to be reached, by channels. They are safe for concurrent
// use.
type killPoints struct {
	mu      sync.Mutex
	pending map[string]killPoint
}

func (p *killPoints) set(cname string, at killPoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending == nil {
		p.pending = map[string]killPoint{}
	}
	p.pending[cname] = at
}

// reach returns when the operator that asks is to be killed, if it is.
func (p *killPoints) reach(method, cname string) killPoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.pending[cname]
	if method != agorasim.MethodStart {
		return killNone
	}
	delete(p.pending, cname)
	return at
}

// clear lifts all.
func (p *killPoints) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.pending)
}

// serveQuietly serves a request whose connection may be dropped.
func serveQuietly(handler http.Handler, request *http.Request) {
	defer func() { _ = recover() }()
	handler.ServeHTTP(httptest.NewRecorder(), request)
}
