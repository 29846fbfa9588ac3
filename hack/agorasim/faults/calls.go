// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"errors"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Effect is what a fault does to a call.
type Effect string

// The possible effects of a fault. A fault without an effect only delays.
const (
	// EffectDropAfterActing closes the connection after the call took effect.
	EffectDropAfterActing Effect = "drop-after-acting"

	// EffectDropBeforeActing closes the connection before the call takes effect.
	EffectDropBeforeActing Effect = "drop-before-acting"

	// EffectAnswer answers with Status, Body and ContentType, without acting.
	EffectAnswer Effect = "answer"

	// EffectAnswerAfterActing acts, but answers with Status, Body and ContentType. A
	// refused call has not acted, so its answer is unchanged.
	EffectAnswerAfterActing Effect = "answer-after-acting"

	// EffectGatewayPage answers with a proxy's HTML page, without acting.
	EffectGatewayPage Effect = "gateway-page"

	// EffectTooManyRequests answers 400 without acting, as Agora does if the requests per
	// second exceed a tenth of the limit of parallel recordings.
	EffectTooManyRequests Effect = "too-many-requests"

	// EffectEmptyBody acts and answers with an empty body.
	EffectEmptyBody Effect = "empty-body"

	// EffectCutBody acts and closes the connection in the middle of the body.
	EffectCutBody Effect = "cut-body"

	// EffectHang never answers and does not act.
	EffectHang Effect = "hang"

	// EffectHangAfterActing acts and never answers.
	EffectHangAfterActing Effect = "hang-after-acting"
)

// effects describe what happens to a call: whether it acts, whether the fault specifies
// the answer, and whether there is never an answer.
var effects = map[Effect]struct{ acts, answers, hangs bool }{
	"":                      {acts: true},
	EffectDropAfterActing:   {acts: true},
	EffectDropBeforeActing:  {},
	EffectAnswer:            {answers: true},
	EffectAnswerAfterActing: {acts: true, answers: true},
	EffectGatewayPage:       {},
	EffectTooManyRequests:   {},
	EffectEmptyBody:         {acts: true},
	EffectCutBody:           {acts: true},
	EffectHang:              {hangs: true},
	EffectHangAfterActing:   {acts: true, hangs: true},
}

// Fault is a fault of the calls that it matches. Durations are in simulated time.
type Fault struct {
	// ID identifies the fault. AddFault sets it.
	ID string `json:"id,omitempty"`

	// Method, AppID, CName and SID select the calls. An empty one matches any call. CName
	// only matches calls with a body, or with a known sid.
	Method string `json:"method,omitempty"`
	AppID  string `json:"appId,omitempty"`
	CName  string `json:"cname,omitempty"`
	SID    string `json:"sid,omitempty"`

	// Times is how many calls it strikes. Zero means all calls until it is removed.
	Times int `json:"times,omitempty"`

	// Effect is what it does in addition to the delays.
	Effect Effect `json:"effect,omitempty"`

	// DelayBeforeActing and DelayBeforeReply delay the call.
	DelayBeforeActing metav1.Duration `json:"delayBeforeActing,omitempty"`
	DelayBeforeReply  metav1.Duration `json:"delayBeforeReply,omitempty"`

	// Status, Body and ContentType are the answer of EffectAnswer and
	// EffectAnswerAfterActing. RetryAfter is the answer's Retry-After header, which Agora
	// does not document.
	Status      int    `json:"status,omitempty"`
	Body        string `json:"body,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	RetryAfter  string `json:"retryAfter,omitempty"`
}

// Validate returns an error if the fault is invalid.
func (f Fault) Validate() error {
	effect, known := effects[f.Effect]
	switch {
	case !known:
		return fmt.Errorf("unknown effect %q", f.Effect)
	case f.Method != "" && !slices.Contains(methods, f.Method):
		return fmt.Errorf("unknown method %q", f.Method)
	case !effect.answers && (f.Status != 0 || f.Body != "" || f.ContentType != "" || f.RetryAfter != ""):
		return fmt.Errorf("status, body, contentType and retryAfter: only for the effects %q and %q", EffectAnswer, EffectAnswerAfterActing)
	case effect.answers && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d: the effect %q needs one from 200 to 599", f.Status, f.Effect)
	case f.Times < 0:
		return fmt.Errorf("times %d: must not be negative", f.Times)
	case min(f.DelayBeforeActing.Duration, f.DelayBeforeReply.Duration) < 0:
		return errors.New("delays must not be negative")
	}
	return nil
}

// Matches reports whether the fault applies to a call.
func (f Fault) Matches(method string, call Subject) bool {
	return (f.Method == "" || f.Method == method) && call.IsOf(Subject{f.AppID, f.CName, f.SID})
}

// Acts reports whether the call still takes effect.
func (f Fault) Acts() bool { return effects[f.Effect].acts }

// Hangs reports whether the call is never answered.
func (f Fault) Hangs() bool { return effects[f.Effect].hangs }
