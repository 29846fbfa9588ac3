// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/request"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

const maxBodyBytes = 1 << 20

// gateway is the front of the recording service. It routes, authenticates, limits and
// logs requests, and applies faults to them.
type gateway struct {
	options  Options
	clock    *simtime.Clock
	service  *service
	accounts *accounts
	faults   *faults.Set[faults.Fault]

	// mu guards everything below. It is never held while waiting.
	mu        sync.Mutex
	requests  []*Request
	count     int
	downUntil time.Time
	up        context.Context // canceled by a restart, together with all requests
	goDown    context.CancelFunc
}

func newGateway(service *service, accounts *accounts, calls *faults.Set[faults.Fault]) *gateway {
	g := &gateway{
		options: service.options, clock: service.clock, service: service, accounts: accounts, faults: calls,
	}
	g.up, g.goDown = context.WithCancel(context.Background())
	return g
}

// Restart makes the front of the service unavailable for a simulated duration. Current
// and new requests get no reply, and their connections are closed. Recorders run on other
// machines and continue.
func (g *gateway) Restart(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.downUntil = g.clock.Now().Add(d)
	g.goDown()
	g.up, g.goDown = context.WithCancel(context.Background())
}

// call is a request that the gateway accepted, with its body.
type call struct {
	target
	contentType string
	body        []byte
	entry       *Request
}

// parse parses the body, or returns a refusal.
func (c *call) parse() (request.Call, *request.Refusal) { return request.Parse(c.contentType, c.body) }

// ServeHTTP answers calls of Agora's API.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, leave, up := g.enter(r.Context())
	if !up {
		hangUp()
	}
	defer leave()

	c, refusal := g.arrive(r)
	if g.options.OnRequest != nil {
		g.options.OnRequest(g.logged(c.entry))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil && refusal == nil {
		refusal = invalidParameter("request body could not be read")
	}
	c.body = body

	if refusal != nil {
		g.deliver(w, c, refusal)
		return
	}
	g.deliver(w, c, g.answer(ctx, c))
}

// hangUp closes the connection without a reply.
func hangUp() { panic(http.ErrAbortHandler) }

// enter returns the context of a new request, which ends with the client's context or
// with a restart. It returns false while the service is down.
func (g *gateway) enter(ctx context.Context) (context.Context, context.CancelFunc, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.clock.Now().Before(g.downUntil) {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(g.up, cancel)
	return ctx, func() { forget(); cancel() }, true
}

// arrive logs a request and decides whether to accept it. It checks the route, the
// authentication, the limit of requests, and the App ID, in this order.
func (g *gateway) arrive(r *http.Request) (*call, *reply) {
	found, routed := findTarget(r)
	if routed {
		g.service.countRequest(found)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	c := &call{target: found, contentType: r.Header.Get("Content-Type")}
	c.entry = g.log(Request{
		Time: g.options.RateLimitClock.Now(), ServiceTime: g.clock.Now(), Verb: r.Method, Path: r.URL.Path,
		AppID: found.appID, ResourceID: found.resourceID, SID: found.sid, Mode: found.mode,
	})
	if !routed {
		return c, gatewayReply(http.StatusNotFound, "no Route matched with those values")
	}
	c.entry.Method = found.route.method

	customerID, account, refusal := g.accounts.authenticate(r)
	if refusal != nil {
		return c, refusal
	}
	c.entry.CustomerID = customerID
	if refusal := g.accounts.admit(account, c.entry.Time); refusal != nil {
		return c, refusal
	}
	return c, g.checkAppID(found.appID, account)
}

func (g *gateway) checkAppID(appID, account string) *reply {
	owner, enabled := g.options.AppIDs[appID]
	switch {
	case len(g.options.AppIDs) == 0:
	case !enabled:
		return gatewayReply(http.StatusBadRequest, "appid is invalid")
	case owner != "" && owner != account:
		return invalidCredentials()
	}
	return nil
}

// answer lets the call act, applies the fault that strikes it, and waits for its reply.
// There is no reply if the client closes the connection or the service restarts.
func (g *gateway) answer(ctx context.Context, c *call) *reply {
	endChange, refusal := g.service.beginChange(c)
	if refusal != nil {
		return refusal
	}
	// The change ends before the reply is sent, because the client may call again as soon
	// as it has the reply.
	defer endChange()
	subject := g.service.subject(c)
	fault := g.faults.Strike(func(f faults.Fault) bool { return f.Matches(c.route.method, subject) })
	g.update(c.entry, func(entry *Request) { entry.Fault = fault.ID })
	if g.clock.WaitUntil(ctx, g.clock.Now().Add(fault.DelayBeforeActing.Duration)) != nil {
		return nil
	}
	var acted outcome
	if fault.Acts() {
		acted = g.service.act(c)
	}
	if fault.Hangs() {
		<-ctx.Done()
	}
	if g.clock.WaitUntil(ctx, acted.at) != nil || g.clock.WaitUntil(ctx, g.clock.Now().Add(fault.DelayBeforeReply.Duration)) != nil {
		return nil
	}
	return distort(fault, acted.reply)
}

// deliver sends a reply, or closes the connection if there is none.
func (g *gateway) deliver(w http.ResponseWriter, c *call, r *reply) {
	if r == nil {
		hangUp()
	}
	g.update(c.entry, func(entry *Request) { entry.Status = r.status })
	body := r.body
	header := w.Header()
	if r.contentType != "" {
		header.Set("Content-Type", r.contentType)
	}
	if r.retryAfter != "" {
		header.Set("Retry-After", r.retryAfter)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("X-Request-Id", newSID())
	if r.cutBody {
		body = body[:len(body)/2]
	}
	w.WriteHeader(r.status)
	// The client may have closed the connection.
	_, _ = w.Write(body)
	if r.cutBody {
		_ = http.NewResponseController(w).Flush()
		hangUp()
	}
}
