// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"cloudrecording.dev/operator/hack/campaign/record"
)

// notificationProxy forwards notifications to the replicas in turn, as a Service does, and
// records the answers.
type notificationProxy struct {
	server *httptest.Server
	client *http.Client
	// signed reports whether Agora signed a notification.
	signed        func(header http.Header, body []byte) bool
	notifications record.Log[record.Notification]

	mu        sync.Mutex
	receivers []string
	next      int
}

const (
	// forwardTimeout is longer than the timeouts of the operator and of Agora.
	forwardTimeout       = 12 * time.Second
	maxNotificationBytes = 1 << 20
)

func newNotificationProxy(receivers []string, signed func(http.Header, []byte) bool) *notificationProxy {
	p := &notificationProxy{
		client:    &http.Client{Timeout: forwardTimeout, Transport: &http.Transport{DisableKeepAlives: true}},
		signed:    signed,
		receivers: receivers,
	}
	p.server = httptest.NewServer(p)
	return p
}

// ServeHTTP forwards a notification. It skips a replica that does not run.
func (p *notificationProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxNotificationBytes))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	status := http.StatusBadGateway
	for _, receiver := range p.inTurn() {
		if passed, err := p.pass(r, receiver, body); err == nil {
			status = passed
			break
		}
	}
	var envelope struct {
		EventType int `json:"eventType"`
		Payload   struct {
			SID string `json:"sid"`
		} `json:"payload"`
	}
	// Anything but a notification has no sid, and the operator owes nothing for it.
	_ = json.Unmarshal(body, &envelope)
	p.notifications.Add(record.Notification{
		EventType: envelope.EventType, SID: envelope.Payload.SID, Body: body, Signed: p.signed(r.Header, body),
		Arrived: arrived, Answered: time.Now(), Status: status,
	})
	w.WriteHeader(status)
}

// inTurn returns the receivers, starting with a different one each time.
func (p *notificationProxy) inTurn() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	first := p.next % len(p.receivers)
	return slices.Concat(p.receivers[first:], p.receivers[:first])
}

func (p *notificationProxy) pass(r *http.Request, receiver string, body []byte) (int, error) {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+receiver, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header = r.Header.Clone()
	response, err := p.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, err
	}
	return response.StatusCode, nil
}

func (p *notificationProxy) close() error {
	p.server.Close()
	return nil
}
