// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// apiOutages are what lasts between the operators and the API server, rather than
// strike so many requests. They are safe for concurrent use.
type apiOutages struct {
	mu sync.Mutex
	// cut counts who wants the operators cut off.
	cut      int
	refusals map[object]refusal
}

// refusal is how writes of a status are refused.
type refusal string

const (
	// refusalByWebhook is what an admission webhook or policy answers.
	refusalByWebhook refusal = "denied by admission"
	// refusalByFailure is that of a webhook or an etcd that fails.
	refusalByFailure refusal = "500"
	// refusalByCRD is that of a CRD that is older than the operator.
	refusalByCRD refusal = "not valid by the CRD"
	// refusalBySize is that of an etcd that finds the object too large.
	refusalBySize refusal = "too large"
)

func statusRefusals() []refusal {
	return []refusal{refusalByWebhook, refusalByFailure, refusalByCRD, refusalBySize}
}

// kind is what it is counted as.
func (f refusal) kind() string { return "status writes refused: " + string(f) }

// messageTooLarge is etcd's.
const messageTooLarge = "etcdserver: request is too large"

// answer answers as the API server does.
func (f refusal) answer(w http.ResponseWriter) {
	switch f {
	case refusalByWebhook:
		refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden, `admission webhook "policy.example.com" denied the request: not now`)
	case refusalByCRD:
		refuse(w, http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, "the status is invalid: a field is not known")
	case refusalBySize:
		refuse(w, http.StatusInternalServerError, metav1.StatusReasonInternalError, messageTooLarge)
	default:
		refuse(w, http.StatusInternalServerError, metav1.StatusReasonInternalError, "failed calling webhook: connection refused")
	}
}

// cutOff has no request reach the API server until the function that is returned
// is called.
func (o *apiOutages) cutOff() (restore func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cut++
	return sync.OnceFunc(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.cut--
	})
}

func (o *apiOutages) isCutOff() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cut > 0
}

// refuse has every write of an object's status be refused until accept.
func (o *apiOutages) refuse(name object, how refusal) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refusals == nil {
		o.refusals = map[object]refusal{}
	}
	o.refusals[name] = how
}

func (o *apiOutages) accept(name object) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.refusals, name)
}

// refusalFor says whether a request is a write of a status that is refused.
func (o *apiOutages) refusalFor(r *http.Request) (refusal, bool) {
	name, isWrite := statusWriteOf(r)
	if !isWrite {
		return "", false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	how, refused := o.refusals[name]
	return how, refused
}

// statusWriteOf returns whose status a request writes, if it does.
func statusWriteOf(r *http.Request) (object, bool) {
	if r.Method != http.MethodPatch && r.Method != http.MethodPut {
		return object{}, false
	}
	_, rest, _ := strings.Cut(r.URL.Path, "/namespaces/")
	parts := strings.Split(rest, "/")
	const ofStatus = 4
	if len(parts) != ofStatus || parts[1] != "cloudrecordings" || parts[3] != "status" {
		return object{}, false
	}
	return object{parts[0], parts[2]}, true
}

// outgrown is an object whose status the API server found too large to be kept.
type outgrown struct {
	object  object
	message string
}

// longestRefusal is more than what the API server answers to a write that it refuses.
const longestRefusal = 1 << 16

// noteOutgrown notes that a status is too large for the API server.
func (p *apiServerProxy) noteOutgrown(response *http.Response) error {
	name, isWrite := statusWriteOf(response.Request)
	if !isWrite || response.StatusCode < http.StatusBadRequest {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, longestRefusal))
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if text := string(body); response.StatusCode == http.StatusRequestEntityTooLarge || strings.Contains(text, "too large") {
		p.outgrown.add(outgrown{name, text})
	}
	return nil
}
