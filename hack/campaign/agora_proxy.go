// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"cloudrecording.dev/operator/hack/testenv"
)

// agoraProxy stands before the simulator and notes what is asked and answered.
type agoraProxy struct {
	agora      http.Handler
	answers    log[answer]
	killPoints killPoints
	// accountOf returns whose account a valid pair is; empty if it is not valid.
	accountOf func(customer, secret string) string
	// pages counts the requests that a gateway answered.
	pages counter
}

// endpoint is an address of Agora's service that one replica uses. It may be
// made to refuse connections, or to hang.
type endpoint struct {
	agoraProxy *agoraProxy
	address    string
	// client is the operator that uses it.
	client endpointClient

	mu     sync.Mutex
	server *http.Server
	ended  chan struct{}
	// hanging is closed when it answers again; nil if it does.
	hanging chan struct{}
	// pages says that a gateway answers in the place of Agora.
	pages bool
	// asked is when it was asked last.
	asked time.Time
}

// endpointClient is who uses an endpoint.
type endpointClient interface {
	processNumber() int
	kill()
}

func newEndpoint(agoraProxy *agoraProxy, client endpointClient) (*endpoint, error) {
	e := &endpoint{agoraProxy: agoraProxy, address: "127.0.0.1:0", client: client}
	return e, e.open()
}

// URL is where the operator finds it.
func (e *endpoint) URL() string { return "http://" + e.address }

// open accepts connections again, at the same address.
func (e *endpoint) open() error {
	e.mu.Lock()
	defer e.mu.Unlock()
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

// refuse closes all connections and accepts none until it is opened.
func (e *endpoint) refuse() error {
	e.mu.Lock()
	server, ended := e.server, e.ended
	e.server = nil
	e.mu.Unlock()
	if server == nil {
		return nil
	}
	err := server.Close()
	<-ended
	return err
}

// hang accepts requests and answers none until answer.
func (e *endpoint) hang() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.hanging == nil {
		e.hanging = make(chan struct{})
	}
}

func (e *endpoint) lastAsked() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked
}

// page has a gateway answer every request, without Agora, until answer.
func (e *endpoint) page() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pages = true
}

// gatewayPage is what a gateway answers whose service is away.
const gatewayPage = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"

// answerPage answers as such a gateway does.
func (p *agoraProxy) answerPage(w http.ResponseWriter) {
	p.pages.add(breakEndpoints{how: endpointPages}.kind())
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, gatewayPage) // a client that has gone cannot be told anything
}

func (e *endpoint) answer() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pages = false
	if e.hanging != nil {
		close(e.hanging)
		e.hanging = nil
	}
}

// ServeHTTP lets the simulator answer, and notes it.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	hanging, pages := e.hanging, e.pages
	e.asked = time.Now()
	e.mu.Unlock()
	if pages {
		e.agoraProxy.answerPage(w)
		return
	}
	if hanging != nil {
		// The client is not heard as long as it hangs, as with a dead machine.
		select {
		case <-hanging:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
	noted := e.note(r)
	written := &recordingWriter{ResponseWriter: w}
	finished := false
	defer func() {
		noted.answered = time.Now()
		noted.status, noted.body = written.status, written.body
		noted.whole = finished && r.Context().Err() == nil
		e.agoraProxy.answers.add(noted)
	}()
	switch e.agoraProxy.killPoints.reach(noted.method, noted.cname) {
	case killBeforeStart:
		e.client.kill()
		panic(http.ErrAbortHandler)
	case killStartActed:
		serveQuietly(e.agoraProxy.agora, r)
		e.client.kill()
		panic(http.ErrAbortHandler)
	case killStartAnswered:
		defer e.client.kill()
	case killNone:
	}
	e.agoraProxy.agora.ServeHTTP(written, r)
	finished = true
}

// note returns what is known of a request. Its body can still be read.
func (e *endpoint) note(r *http.Request) answer {
	arrived := time.Now()
	customer, secret, _ := r.BasicAuth()
	var body struct {
		CName string `json:"cname"`
	}
	// What is cut off is the simulator's to refuse.
	content, _ := io.ReadAll(io.LimitReader(r.Body, maxRequestBytes))
	r.Body = io.NopCloser(bytes.NewReader(content))
	_ = json.Unmarshal(content, &body)
	return answer{
		process: e.client.processNumber(), method: path.Base(r.URL.Path),
		sid: partOf(r.URL.Path, "sid"), resourceID: partOf(r.URL.Path, "resourceid"), cname: body.CName,
		account: e.agoraProxy.accountOf(customer, secret), arrived: arrived,
	}
}

// maxRequestBytes is above what any request has.
const maxRequestBytes = 1 << 20

// partOf returns the part of a path after another.
func partOf(path, name string) string {
	_, rest, _ := strings.Cut(path, "/"+name+"/")
	part, _, _ := strings.Cut(rest, "/")
	return part
}

// recordingWriter keeps what is written through it.
type recordingWriter struct {
	http.ResponseWriter
	status int
	body   []byte
}

func (w *recordingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *recordingWriter) Write(part []byte) (int, error) {
	n, err := w.ResponseWriter.Write(part)
	w.body = append(w.body, part[:n]...)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recordingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (e *endpoint) close() error {
	e.answer()
	if err := e.refuse(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("close an endpoint: %w", err)
	}
	return nil
}
