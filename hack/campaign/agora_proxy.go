// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
	"time"
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

// gatewayPage is what a gateway answers whose service is away.
const gatewayPage = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"

// answerPage answers as such a gateway does.
func (p *agoraProxy) answerPage(w http.ResponseWriter) {
	p.pages.add(breakEndpoints{how: endpointPages}.kind())
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, gatewayPage) // a client that has gone cannot be told anything
}

// ServeHTTP lets the simulator answer, and notes it.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	failure, recovered := e.state()
	switch failure {
	case endpointPages:
		e.agoraProxy.answerPage(w)
		return
	case endpointHangs:
		// The client is not heard as long as it hangs, as with a dead machine.
		select {
		case <-recovered:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	case endpointAnswers, endpointRefuses:
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
