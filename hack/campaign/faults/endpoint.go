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

// agoraProxy is the part that all endpoints share: the simulator and its recorded answers.
type agoraProxy struct {
	agora   http.Handler
	answers record.Log[record.Answer]
	// accountOf returns the account of a pair of credentials, or nothing if they are invalid.
	accountOf func(customer, secret string) string
	// struck records the requests that a gateway answered, and the kill points that were
	// reached.
	struck record.Log[string]

	mu sync.Mutex
	// kills are the pending kill points.
	kills []plan.Action
}

// setKills changes the pending kill points.
func (p *agoraProxy) setKills(change func(kills []plan.Action) []plan.Action) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kills = change(p.kills)
}

// killPoint returns the point at which the requesting operator is to be killed, if any.
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
	// address never changes, because replicas read it whenever they start.
	address string
	// client is the operator that uses the endpoint.
	client endpointClient

	mu     sync.Mutex
	server *http.Server
	// ended is closed once the server no longer accepts connections.
	ended chan struct{}
	// failure is the current failure, if any. It lasts until recovered is closed.
	failure   plan.Variant
	recovered chan struct{}
	// asked is the time of the latest request.
	asked time.Time
}

// endpointClient is the operator that uses an endpoint.
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

// serve handles connections of a listener until the server is closed.
func (e *endpoint) serve(listener net.Listener) {
	server := &http.Server{Handler: e, ReadHeaderTimeout: time.Minute, ErrorLog: testenv.Quiet(), ConnContext: keepConnection}
	ended := make(chan struct{})
	e.server, e.ended = server, ended
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // it returns when the server is closed
	}()
}

// URL returns the URL of the endpoint.
func (e *endpoint) URL() string { return "http://" + e.address }

// fail makes an endpoint fail until it recovers. A refusing endpoint closes all connections.
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

// recover ends any failure of an endpoint, at the same address.
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

// state returns the current failure of an endpoint that receives a request, and a channel that
// is closed when the failure ends.
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

// close closes an endpoint, and ends the requests that hang there.
func (e *endpoint) close() error {
	if err := e.recover(); err != nil {
		return err
	}
	return e.fail(plan.Refusing)
}

// choose selects endpoints of a replica.
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

// gatewayPage is the answer of a gateway whose service is down.
const gatewayPage = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"

// ServeHTTP forwards a request to the simulator and records the answer.
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
		// Nothing is read from the client while the endpoint hangs, as with a dead machine.
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

// note returns the record of a request. The body remains readable.
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
	// The simulator refuses an incomplete body.
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

// maxRequestBytes exceeds the size of any request.
const maxRequestBytes = 1 << 20

// partOf returns the path segment that follows a named one.
func partOf(path, name string) string {
	_, rest, _ := strings.Cut(path, "/"+name+"/")
	part, _, _ := strings.Cut(rest, "/")
	return part
}

// recordingWriter keeps a copy of the response.
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

// Unwrap gives http.ResponseController access to the connection.
func (w *recordingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// serveQuietly serves a request, and ignores that the connection may be dropped.
func serveQuietly(handler http.Handler, request *http.Request) {
	defer func() { _ = recover() }()
	handler.ServeHTTP(httptest.NewRecorder(), request)
}
