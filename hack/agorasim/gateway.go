// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

const maxBodyBytes = 1 << 20

// call is a request that the gateway let through, with its body.
type call struct {
	target
	contentType string
	body        []byte
	cname       string
	failure     StartFailure // that a fault has a start end in
	entry       *Request
}

// ServeHTTP answers Agora's API.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, leave, up := s.enter(r.Context())
	if !up {
		hangUp()
	}
	defer leave()

	c, refusal := s.arrive(r)
	if s.options.OnRequest != nil {
		s.options.OnRequest(s.copyOf(c.entry))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil && refusal == nil {
		refusal = invalidParameter("request body could not be read")
	}
	c.body = body

	if refusal != nil {
		s.deliver(w, c, delivery{reply: refusal})
		return
	}
	d, err := s.answer(ctx, c)
	if err != nil {
		hangUp()
	}
	s.deliver(w, c, d)
}

// hangUp closes the connection without a reply.
func hangUp() { panic(http.ErrAbortHandler) }

// arrive notes a request and lets the gateway decide on it: routing, then
// authentication, then the limit of requests, then the App ID.
func (s *Simulator) arrive(r *http.Request) (*call, *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, routed := findTarget(r)
	c := &call{target: found, contentType: r.Header.Get("Content-Type"), entry: &Request{
		Time: s.options.RateLimitClock.Now(), ServiceTime: s.clock.Now(), Verb: r.Method, Path: r.URL.Path,
		AppID: found.appID, ResourceID: found.resourceID, SID: found.sid, Mode: found.mode,
	}}
	s.log.add(c.entry)
	if !routed {
		return c, gatewayReply(http.StatusNotFound, "no Route matched with those values")
	}
	c.entry.Method = found.route.method
	s.countRequest(found)

	customerID, account, refusal := s.accounts.authenticate(r)
	if refusal != nil {
		return c, refusal
	}
	c.entry.CustomerID = customerID
	if refusal := s.accounts.limitOf(account).admit(c.entry.Time); refusal != nil {
		return c, refusal
	}
	return c, s.checkAppID(found.appID, account)
}

func (s *Simulator) checkAppID(appID, account string) *reply {
	if len(s.appIDs) == 0 {
		return nil
	}
	owner, enabled := s.appIDs[appID]
	switch {
	case !enabled:
		return gatewayReply(http.StatusBadRequest, "appid is invalid")
	case owner != "" && owner != account:
		return invalidCredentials()
	}
	return nil
}

// countRequest counts the calls that are to change a recording.
func (s *Simulator) countRequest(t target) {
	r, ok := s.recorders[t.sid]
	if !ok {
		return
	}
	switch t.route.method {
	case MethodStop:
		r.stopRequests++
	case MethodUpdate:
		r.updates.Requests++
	case MethodUpdateLayout:
		r.updates.LayoutRequests++
	}
}

func (s *Simulator) copyOf(entry *Request) Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *entry
}

// answer lets the call act and waits for its reply, with the fault that
// strikes it. It fails only if the client or the service is gone.
func (s *Simulator) answer(ctx context.Context, c *call) (delivery, error) {
	endTurn, refusal := s.takeTurn(c)
	if refusal != nil {
		return delivery{reply: refusal}, nil
	}
	// The turn ends before the reply is sent: who has it may call again.
	defer endTurn()
	fault := s.strike(c)
	c.failure = fault.startFailure()
	if err := s.clock.WaitUntil(ctx, s.clock.Now().Add(fault.DelayBeforeActing.Duration)); err != nil {
		return delivery{}, fmt.Errorf("failed to wait before acting: %w", err)
	}
	var acted outcome
	if fault.acts() {
		acted = s.act(c)
	}
	if fault.hangs() {
		<-ctx.Done()
		return delivery{}, fmt.Errorf("client gave up: %w", ctx.Err())
	}
	if err := s.clock.WaitUntil(ctx, acted.at); err != nil {
		return delivery{}, fmt.Errorf("failed to wait for the reply: %w", err)
	}
	if err := s.clock.WaitUntil(ctx, s.clock.Now().Add(fault.DelayBeforeReply.Duration)); err != nil {
		return delivery{}, fmt.Errorf("failed to wait before replying: %w", err)
	}
	return fault.distort(acted.reply), nil
}

func (s *Simulator) act(c *call) outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.route.answer(s, c)
}

// delivery is how a reply reaches the client, if it does.
type delivery struct {
	reply   *reply // nil: none
	cutBody bool
}

func (s *Simulator) deliver(w http.ResponseWriter, c *call, d delivery) {
	if d.reply == nil {
		hangUp()
	}
	s.logStatus(c.entry, d.reply.status)
	body := d.reply.body
	header := w.Header()
	if d.reply.contentType != "" {
		header.Set("Content-Type", d.reply.contentType)
	}
	if d.reply.retryAfter != "" {
		header.Set("Retry-After", d.reply.retryAfter)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("X-Request-Id", newSID())
	if d.cutBody {
		body = body[:len(body)/2]
	}
	w.WriteHeader(d.reply.status)
	// A client that has gone cannot be told anything.
	_, _ = w.Write(body)
	if d.cutBody {
		_ = http.NewResponseController(w).Flush()
		hangUp()
	}
}
