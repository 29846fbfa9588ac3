// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
	"cloudrecording.dev/operator/hack/testenv"
)

// faultProxy is a proxy between the operators and a server that applies faults to requests.
type faultProxy struct {
	server *httptest.Server
	proxy  *httputil.ReverseProxy
	// troubles are the times during which faults applied, and struck are the faults that did.
	troubles record.Log[record.Span]
	struck   record.Log[string]

	mu     sync.Mutex
	faults []*plan.Action
}

func newBucketProxy(endpoint string) (*faultProxy, error) {
	proxy, err := testenv.NewBucketProxy(endpoint)
	if err != nil {
		return nil, err
	}
	p := &faultProxy{proxy: proxy}
	p.server = testenv.NewServer(p)
	p.server.Start()
	return p, nil
}

// change runs a function that changes the faults.
func (p *faultProxy) change(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// add applies a fault to the next matching requests.
func (p *faultProxy) add(fault plan.Action) {
	p.change(func() { p.faults = append(p.faults, &fault) })
}

// clear removes all faults.
func (p *faultProxy) clear() {
	p.change(func() { p.faults = nil })
}

// strike returns the oldest fault that matches a request, if there is one.
func (p *faultProxy) strike(r *http.Request) (fault plan.Action, struck bool) {
	p.change(func() {
		i := slices.IndexFunc(p.faults, func(f *plan.Action) bool { return isFor(*f, r) })
		if i < 0 {
			return
		}
		fault, struck = *p.faults[i], true
		p.struck.Add(fault.String())
		if p.faults[i].Times--; p.faults[i].Times == 0 {
			p.faults = slices.Delete(p.faults, i, i+1)
		}
	})
	return fault, struck
}

// isFor reports whether a fault matches a request.
func isFor(fault plan.Action, r *http.Request) bool {
	_, isRefusal := refusals[fault.How]
	if (isRefusal || fault.How == plan.Lost) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return false
	}
	if fault.Of == "" {
		return !strings.Contains(r.URL.Path, "/"+plan.Leases)
	}
	return strings.Contains(r.URL.Path, "/"+fault.Of)
}

// troubleAfter is how long a fault has an effect, until failed requests are retried.
const troubleAfter = time.Second

// answerLost is the context key that marks a request whose answer is lost.
type answerLost struct{}

// ServeHTTP forwards a request unless a fault applies to it.
func (p *faultProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, struck := p.strike(r)
	if !struck {
		p.proxy.ServeHTTP(w, r)
		return
	}
	begin := time.Now()
	p.troubles.Add(record.Span{Begin: begin, End: begin.Add(fault.Lasts + troubleAfter)})
	switch fault.How {
	case plan.Slow:
		Sleep(r.Context(), fault.Lasts)
	case plan.Lost:
		r = r.WithContext(context.WithValue(r.Context(), answerLost{}, true))
	case plan.Cut:
		p.server.CloseClientConnections()
		panic(http.ErrAbortHandler)
	case plan.Dropped:
		panic(http.ErrAbortHandler)
	case plan.Unavailable:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case plan.Forbidden:
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`)
		return
	default:
		refuse(w, fault.How)
		return
	}
	p.proxy.ServeHTTP(w, r)
}

func (p *faultProxy) close() error {
	p.server.CloseClientConnections()
	p.server.Close()
	return nil
}

const refusedByCampaign = "the campaign refuses this write"

// messageTooLarge is etcd's message.
const messageTooLarge = "etcdserver: request is too large"

// refusals are the answers to refused writes, both for faults and for refused statuses.
var refusals = map[plan.Variant]metav1.Status{
	plan.Conflict:  {Code: http.StatusConflict, Reason: metav1.StatusReasonConflict, Message: refusedByCampaign},
	plan.TooMany:   {Code: http.StatusTooManyRequests, Reason: metav1.StatusReasonTooManyRequests, Message: refusedByCampaign},
	plan.Failure:   {Code: http.StatusInternalServerError, Reason: metav1.StatusReasonInternalError, Message: refusedByCampaign},
	plan.ByWebhook: {Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: `admission webhook "policy.example.com" denied the request: not now`},
	plan.ByCRD:     {Code: http.StatusUnprocessableEntity, Reason: metav1.StatusReasonInvalid, Message: "the status is invalid: a field is not known"},
	plan.BySize:    {Code: http.StatusInternalServerError, Reason: metav1.StatusReasonInternalError, Message: messageTooLarge},
	plan.ByFailure: {Code: http.StatusInternalServerError, Reason: metav1.StatusReasonInternalError, Message: "failed calling webhook: connection refused"},
}

// refuse answers as the API server does.
func refuse(w http.ResponseWriter, how plan.Variant) {
	status := refusals[how]
	status.APIVersion, status.Kind, status.Status = "v1", "Status", metav1.StatusFailure
	w.Header().Set("Content-Type", "application/json")
	if status.Code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(int(status.Code))
	_ = json.NewEncoder(w).Encode(status) // a client that has gone cannot be told anything
}
