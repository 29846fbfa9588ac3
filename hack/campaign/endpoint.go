// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"cloudrecording.dev/operator/hack/testenv"
)

// endpointFailure is how an endpoint fails.
type endpointFailure string

const (
	endpointAnswers endpointFailure = ""
	endpointRefuses endpointFailure = "refused"
	// endpointHangs accepts connections and never answers.
	endpointHangs endpointFailure = "hung"
	// endpointPages has a gateway answer 503 with a page, in the place of Agora.
	endpointPages endpointFailure = "answered with a gateway's page"
)

// endpoint is an address of Agora's service that one replica uses.
type endpoint struct {
	agoraProxy *agoraProxy
	address    string
	// client is the operator that uses it.
	client endpointClient

	mu     sync.Mutex
	server *http.Server
	// ended is closed once the server accepts no connections any more.
	ended chan struct{}
	// failure is how it fails, until recovered is closed.
	failure   endpointFailure
	recovered chan struct{}
	// asked is when it was asked last.
	asked time.Time
}

// endpointClient is who uses an endpoint.
type endpointClient interface {
	processNumber() int
	kill()
}

func newEndpoint(agoraProxy *agoraProxy, client endpointClient) (*endpoint, error) {
	e := &endpoint{agoraProxy: agoraProxy, address: "127.0.0.1:0", client: client, recovered: make(chan struct{})}
	return e, e.recover()
}

// URL is where the operator finds it.
func (e *endpoint) URL() string { return "http://" + e.address }

// fail makes an endpoint fail until it recovers. One that refuses closes all connections.
func (e *endpoint) fail(how endpointFailure) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failure = how
	if how != endpointRefuses || e.server == nil {
		return nil
	}
	err := e.server.Close()
	<-e.ended
	e.server = nil
	if err != nil {
		return fmt.Errorf("close an endpoint: %w", err)
	}
	return nil
}

// recover has an endpoint answer again, whatever failed, at the same address.
func (e *endpoint) recover() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failure = endpointAnswers
	close(e.recovered)
	e.recovered = make(chan struct{})
	if e.server != nil {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", e.address)
	if err != nil {
		return fmt.Errorf("listen before the simulator: %w", err)
	}
	e.address = listener.Addr().String()
	server := &http.Server{Handler: e, ReadHeaderTimeout: time.Minute, ErrorLog: testenv.Quiet()}
	ended := make(chan struct{})
	e.server, e.ended = server, ended
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // it returns when the server is closed
	}()
	return nil
}

// state returns how an endpoint fails that is asked now, and what is closed when it does
// so no longer.
func (e *endpoint) state() (failure endpointFailure, recovered <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = time.Now()
	return e.failure, e.recovered
}

func (e *endpoint) lastAsked() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked
}

// close ends an endpoint, and what hangs there.
func (e *endpoint) close() error {
	e.mu.Lock()
	close(e.recovered)
	e.recovered = make(chan struct{})
	e.mu.Unlock()
	return e.fail(endpointRefuses)
}
