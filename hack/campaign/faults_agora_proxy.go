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
	pending map[string]action
}

func (p *killPoints) set(a action) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending == nil {
		p.pending = map[string]action{}
	}
	p.pending[a.recording.options.CName] = a
}

// reach returns when the operator that asks is to be killed, if it is.
func (p *killPoints) reach(method, cname string) (action, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, isReached := p.pending[cname]
	if method != agorasim.MethodStart || !isReached {
		return action{}, false
	}
	delete(p.pending, cname)
	return at, true
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
