// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
	"cloudrecording.dev/operator/hack/testenv"
)

// agoraProxy is what all endpoints stand before: the simulator, whose answers are noted.
type agoraProxy struct {
	agora   http.Handler
	answers record.Log[record.Answer]
	// accountOf returns whose account a valid pair is; empty if it is not valid.
	accountOf func(customer, secret string) string
	// struck has the requests that a gateway answered, and the kill points that were
	// reached.
	struck record.Log[string]

	mu sync.Mutex
	// kills are the kill points that wait to be reached.
	kills []plan.Action
}

// setKills has operators be killed at the starts of recordings, and no others.
func (p *agoraProxy) setKills(change func(kills []plan.Action) []plan.Action) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kills = change(p.kills)
}

// killPoint returns when the operator that asks is to be killed, if it is.
func (p *agoraProxy) killPoint(method, cname string) (at plan.Variant) {
	p.setKills(func(kills []plan.Action) []plan.Action {
		i := slices.IndexFunc(kills, func(a plan.Action) bool { return a.Recording.Options.CName == cname })
		if i < 0 || method != faults.MethodStart {
			return kills
		}
		at = kills[i].How
		p.struck.Add(kills[i].String())
		return slices.Delete(kills, i, i+1)
	})
	return at
}

// endpoint is an address of Agora's service that one replica uses.
type endpoint struct {
	agoraProxy *agoraProxy
	// address is the same for as long as the endpoint is there: replicas read it as they start,
	// at any time.
	address string
	// client is the operator that uses it.
	client endpointClient

	mu     sync.Mutex
	server *http.Server
	// ended is closed once the server accepts no connections any more.
	ended chan struct{}
	// failure is how it fails, if it does, until recovered is closed.
	failure   plan.Variant
	recovered chan struct{}
	// asked is when it was asked last.
	asked time.Time
}

// endpointClient is who uses an endpoint.
type endpointClient interface {
	numbered
	kill()
}

func newEndpoint(agoraProxy *agoraProxy, client endpointClient) (*endpoint, error) {
	listener, err := testenv.Listen(context.Background())
	if err != nil {
		return nil, err
	}
	e := &endpoint{agoraProxy: agoraProxy, address: listener.Addr().String(), client: client, recovered: make(chan struct{})}
	e.serve(listener)
	return e, nil
}

// serve answers what a listener accepts, until the server is closed.
func (e *endpoint) serve(listener net.Listener) {
	server := &http.Server{Handler: e, ReadHeaderTimeout: time.Minute, ErrorLog: testenv.Quiet(), ConnContext: keepConnection}
	ended := make(chan struct{})
	e.server, e.ended = server, ended
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // it returns when the server is closed
	}()
}

// URL is where the operator finds it.
func (e *endpoint) URL() string { return "http://" + e.address }

// fail makes an endpoint fail until it recovers. One that refuses closes all connections.
func (e *endpoint) fail(how plan.Variant) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failure = how
	if how != plan.Refusing || e.server == nil {
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
	e.failure = ""
	close(e.recovered)
	e.recovered = make(chan struct{})
	if e.server != nil {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", e.address)
	if err != nil {
		return fmt.Errorf("listen before the simulator: %w", err)
	}
	e.serve(listener)
	return nil
}

// state returns how an endpoint fails that is asked now, and what is closed when it does
// so no longer.
func (e *endpoint) state() (failure plan.Variant, recovered <-chan struct{}) {
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
	if err := e.recover(); err != nil {
		return err
	}
	return e.fail(plan.Refusing)
}

// choose chooses among the endpoints of a replica.
func choose(which string, endpoints []*endpoint) []*endpoint {
	switch which {
	case plan.AllEndpoints:
		return endpoints
	case plan.EndpointInUse:
		return []*endpoint{slices.MaxFunc(endpoints, func(a, b *endpoint) int { return a.lastAsked().Compare(b.lastAsked()) })}
	default:
		return endpoints[:1]
	}
}

// gatewayPage is what a gateway answers whose service is away.
const gatewayPage = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"

// ServeHTTP lets the simulator answer, and notes it.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	failure, recovered := e.state()
	switch failure {
	case plan.Paging:
		e.agoraProxy.struck.Add(plan.Action{Kind: plan.DoBreakEndpoints, How: plan.Paging}.String())
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, gatewayPage) // a client that has gone cannot be told anything
		return
	case plan.Hanging:
		// The client is not heard as long as it hangs, as with a dead machine.
		select {
		case <-recovered:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	default:
	}
	noted := e.note(r)
	written := &recordingWriter{ResponseWriter: w}
	finished := false
	defer func() {
		noted.Answered = time.Now()
		noted.Status, noted.Body = written.status, written.body
		noted.Whole = finished && r.Context().Err() == nil
		e.agoraProxy.answers.Add(noted)
	}()
	switch e.agoraProxy.killPoint(noted.Method, noted.CName) {
	case plan.BeforeStart:
		e.client.kill()
		panic(http.ErrAbortHandler)
	case plan.StartActed:
		serveQuietly(e.agoraProxy.agora, r)
		e.client.kill()
		panic(http.ErrAbortHandler)
	case plan.StartAnswered:
		defer e.client.kill()
	default:
	}
	e.agoraProxy.agora.ServeHTTP(written, r)
	finished = true
}

// note returns what is known of a request. Its body can still be read.
func (e *endpoint) note(r *http.Request) record.Answer {
	arrived := arrivalOf(r)
	customer, secret, _ := r.BasicAuth()
	var body struct {
		CName         string `json:"cname"`
		UID           string `json:"uid"`
		ClientRequest struct {
			Token string `json:"token"`
		} `json:"clientRequest"`
	}
	// What is cut off is the simulator's to refuse.
	content, _ := io.ReadAll(io.LimitReader(r.Body, maxRequestBytes))
	r.Body = io.NopCloser(bytes.NewReader(content))
	_ = json.Unmarshal(content, &body)
	return record.Answer{
		Process: e.client.number(), Method: path.Base(r.URL.Path),
		SID: partOf(r.URL.Path, "sid"), ResourceID: partOf(r.URL.Path, "resourceid"),
		AppID: partOf(r.URL.Path, "apps"), CName: body.CName, UID: body.UID, Token: body.ClientRequest.Token,
		Account: e.agoraProxy.accountOf(customer, secret), Arrived: arrived,
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

// serveQuietly serves a request whose connection may be dropped.
func serveQuietly(handler http.Handler, request *http.Request) {
	defer func() { _ = recover() }()
	handler.ServeHTTP(httptest.NewRecorder(), request)
}
