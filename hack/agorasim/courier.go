// SPDX-License-Identifier: Apache-2.0

package agorasim

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

// retryIntervals are the pauses before the attempts after the first, in
// simulated time.
func retryIntervals() []time.Duration { return []time.Duration{0, 10 * time.Second, 30 * time.Second} }

// notice is a notification on its way.
type notice struct {
	delivery *Delivery
	receiver Receiver
	body     envelope
	fault    NotificationFault
	turn     <-chan struct{} // closed when the one before was sent; nil for none
	sent     chan struct{}
	stated   func(time.Time) time.Time
}

func newReceiverClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{MaxIdleConnsPerHost: parallelPosts, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dispatch logs a notification, lets a fault strike it and sends it.
func (s *Simulator) dispatch(r *recorder, body envelope) {
	n := &notice{
		delivery: newDelivery(r.appID, body), receiver: s.notifications.receiver(r.appID), body: body,
		sent: make(chan struct{}), stated: func(at time.Time) time.Time { return s.stated(r, at) },
	}
	s.deliveries.add(n.delivery)
	n.fault = s.notificationFaults.strike(n.delivery)
	switch n.fault.Effect {
	case NotificationLose:
		n.delivery.State = DeliveryLost
	case NotificationReverse:
		for _, released := range s.notificationFaults.hold(n) {
			s.launch(released)
		}
	case NotificationRedundant:
		again := s.again(n)
		s.launch(n)
		s.launch(again)
	default:
		s.launch(n)
	}
}

// again returns another notification of the same event.
func (s *Simulator) again(n *notice) *notice {
	other := *n
	other.body.NoticeID = newNoticeID()
	other.delivery = newDelivery(n.delivery.AppID, other.body)
	other.delivery.Fault = n.delivery.Fault
	other.sent = make(chan struct{})
	s.deliveries.add(other.delivery)
	return &other
}

// launch sends a notification when its turn has come. A delayed one lets
// others by.
func (s *Simulator) launch(n *notice) {
	if n.fault.Effect != NotificationDelay {
		turns := s.backstage.turns
		n.turn, turns[n.delivery.SID] = turns[n.delivery.SID], n.sent
	}
	b := s.backstage
	b.run(func(ctx context.Context) { s.carry(ctx, b, n) })
}

// carry returns when a notification was delivered or given up.
func (s *Simulator) carry(ctx context.Context, b *backstage, n *notice) {
	if n.awaitTurn(ctx, b.turnPatience) != nil || s.clock.WaitUntil(ctx, s.clock.Now().Add(n.fault.Delay.Duration)) != nil {
		return
	}
	delivered := s.attempt(ctx, b, n)
	close(n.sent)
	for _, interval := range retryIntervals() {
		if delivered || s.clock.WaitUntil(ctx, s.clock.Now().Add(interval)) != nil {
			break
		}
		delivered = s.attempt(ctx, b, n)
	}
	if n.fault.Effect == NotificationDuplicate {
		s.attempt(ctx, b, n)
	}
	if ctx.Err() == nil {
		s.conclude(n.delivery, delivered)
	}
}

// awaitTurn waits for the first answer to the notification before about the
// same recording, but not for a receiver that hangs.
func (n *notice) awaitTurn(ctx context.Context, atMost time.Duration) error {
	if n.turn == nil {
		return ctx.Err()
	}
	patience := time.NewTimer(atMost)
	defer patience.Stop()
	select {
	case <-n.turn:
	case <-patience.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (s *Simulator) conclude(delivery *Delivery, delivered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delivery.State = DeliveryGivenUp
	if delivered {
		delivery.State = DeliveryDone
	}
}

// attempt makes a request, logs it, and says whether it was answered with 200.
func (s *Simulator) attempt(ctx context.Context, b *backstage, n *notice) bool {
	leave, err := enter(ctx, b.posts)
	if err != nil {
		return false
	}
	defer leave()
	n.body.NotifyMs = max(n.stated(s.clock.Now()).UnixMilli(), n.body.NotifyMs+1)
	status, err := n.post(ctx, b.client)
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

// post sends the notification, and returns the status of the answer.
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
	// Reading the answer is what lets the connection live on.
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswerBytes)); err != nil {
		return response.StatusCode, fmt.Errorf("read the answer: %w", withoutURL(err))
	}
	return response.StatusCode, nil
}

// withoutURL leaves out the URL, which may hold a secret.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
