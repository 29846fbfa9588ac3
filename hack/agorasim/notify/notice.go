// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const maxAnswerBytes = 1 << 20

// retryIntervals returns the pauses before the second and further attempts, in simulated
// time.
func retryIntervals() []time.Duration { return []time.Duration{0, 10 * time.Second, 30 * time.Second} }

// notice is a notification in delivery.
type notice struct {
	event    Event
	delivery *Delivery
	receiver Receiver
	body     envelope
	fault    Fault
	previous <-chan struct{} // closed when the previous one was sent; nil if there is none
	sent     chan struct{}
}

// launch delivers a notification after the previous one about the same recording. A
// delayed notification lets others overtake it.
func (s *Sender) launch(n *notice) {
	if n.fault.Effect != EffectDelay {
		n.previous, s.latest[n.delivery.SID] = s.latest[n.delivery.SID], n.sent
	}
	s.background.Run(func(ctx context.Context) { s.deliver(ctx, n) })
}

// deliver returns when a notification was delivered or given up.
func (s *Sender) deliver(ctx context.Context, n *notice) {
	if n.awaitPrevious(ctx, s.options.Timeout/2) != nil ||
		s.clock.WaitUntil(ctx, s.clock.Now().Add(n.fault.Delay.Duration)) != nil {
		return
	}
	delivered := s.attempt(ctx, n)
	close(n.sent)
	for _, interval := range retryIntervals() {
		if delivered || s.clock.WaitUntil(ctx, s.clock.Now().Add(interval)) != nil {
			break
		}
		delivered = s.attempt(ctx, n)
	}
	if n.fault.Effect == EffectDuplicate {
		s.attempt(ctx, n)
	}
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n.delivery.State = DeliveryGivenUp
	if delivered {
		n.delivery.State = DeliveryDone
	}
}

// awaitPrevious waits for the first answer to the previous notification about the same
// recording, but not for a receiver that hangs.
func (n *notice) awaitPrevious(ctx context.Context, atMost time.Duration) error {
	if n.previous == nil {
		return ctx.Err()
	}
	timeout := time.NewTimer(atMost)
	defer timeout.Stop()
	select {
	case <-n.previous:
	case <-timeout.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// attempt sends and logs a request, and reports whether it was answered with 200.
func (s *Sender) attempt(ctx context.Context, n *notice) bool {
	if s.places.Acquire(ctx, 1) != nil {
		return false
	}
	defer s.places.Release(1)
	n.body.NotifyMs = max(s.stated(n.event, s.clock.Now()).UnixMilli(), n.body.NotifyMs+1)
	status, err := n.post(ctx, s.client)
	if ctx.Err() != nil {
		return false
	}
	made := Attempt{NotifyMs: n.body.NotifyMs, Status: status}
	if err != nil {
		made.Problem = err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n.delivery.Attempts = append(n.delivery.Attempts, made)
	return status == http.StatusOK
}

// post sends the notification and returns the status of the answer.
func (n *notice) post(ctx context.Context, client *http.Client) (int, error) {
	body, err := json.Marshal(n.body)
	if err != nil {
		return 0, fmt.Errorf("encode the notification: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.receiver.URL, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	sign(request.Header, body, n.receiver.Secret)
	n.fault.forge(request.Header, body)
	response, err := client.Do(request)
	if err != nil {
		return 0, withoutURL(err)
	}
	defer func() { _ = response.Body.Close() }()
	// Reading the answer allows the connection to be reused.
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswerBytes)); err != nil {
		return response.StatusCode, fmt.Errorf("read the answer: %w", withoutURL(err))
	}
	return response.StatusCode, nil
}

// withoutURL removes the URL from an error, because it may contain a secret.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
