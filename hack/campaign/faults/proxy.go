// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"encoding/json"
	"errors"
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

// faultProxy stands between the operators and a server, and has faults strike requests.
type faultProxy struct {
	server *httptest.Server
	proxy  *httputil.ReverseProxy
	// troubles are the times in which faults struck, and struck what has.
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

// change changes what goes wrong.
func (p *faultProxy) change(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// add makes a fault strike the next requests that it is for.
func (p *faultProxy) add(fault plan.Action) {
	p.change(func() { p.faults = append(p.faults, &fault) })
}

// clear ends all faults.
func (p *faultProxy) clear() {
	p.change(func() { p.faults = nil })
}

// strike returns the oldest fault that is for a request, if there is one.
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

// isFor says whether a fault is for a request.
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

// troubleAfter is how long a fault is felt: what failed is tried again.
const troubleAfter = time.Second

// answerLost marks a request whose answer is lost.
type answerLost struct{}

var errAnswerLost = errors.New("the answer is lost")

// ServeHTTP passes a request on, unless a fault strikes it.
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
		refusals[fault.How].write(w)
		return
	}
	p.proxy.ServeHTTP(w, r)
}

func (p *faultProxy) close() error {
	p.server.CloseClientConnections()
	p.server.Close()
	return nil
}

// apiStatus is what the API server answers to a write that it refuses.
type apiStatus struct {
	code    int32
	reason  metav1.StatusReason
	message string
}

const refusedByCampaign = "the campaign refuses this write"

// messageTooLarge is etcd's.
const messageTooLarge = "etcdserver: request is too large"

// refusals are the answers to writes: those that a fault strikes, and those of a status
// that is refused.
var refusals = map[plan.Way]apiStatus{
	plan.Conflict:  {http.StatusConflict, metav1.StatusReasonConflict, refusedByCampaign},
	plan.TooMany:   {http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, refusedByCampaign},
	plan.Failure:   {http.StatusInternalServerError, metav1.StatusReasonInternalError, refusedByCampaign},
	plan.ByWebhook: {http.StatusForbidden, metav1.StatusReasonForbidden, `admission webhook "policy.example.com" denied the request: not now`},
	plan.ByCRD:     {http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, "the status is invalid: a field is not known"},
	plan.BySize:    {http.StatusInternalServerError, metav1.StatusReasonInternalError, messageTooLarge},
	plan.ByFailure: {http.StatusInternalServerError, metav1.StatusReasonInternalError, "failed calling webhook: connection refused"},
}

func (s apiStatus) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if s.code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(int(s.code))
	// A client that has gone cannot be told anything.
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: s.code, Reason: s.reason, Message: s.message,
	})
}
