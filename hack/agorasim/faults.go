// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Effect is what a fault does to a call.
type Effect string

// What a fault can do. Without an effect it only delays.
const (
	// EffectDropAfterActing closes the connection after the call took effect.
	EffectDropAfterActing Effect = "drop-after-acting"

	// EffectDropBeforeActing closes the connection before the call takes effect.
	EffectDropBeforeActing Effect = "drop-before-acting"

	// EffectAnswer answers with Status, Body and ContentType, without acting.
	EffectAnswer Effect = "answer"

	// EffectAnswerAfterActing acts, and answers with Status, Body and
	// ContentType all the same. A call that is refused has not acted, and is
	// answered as it is.
	EffectAnswerAfterActing Effect = "answer-after-acting"

	// EffectGatewayPage answers with a proxy's HTML page, without acting.
	EffectGatewayPage Effect = "gateway-page"

	// EffectTooManyRequests answers 400 as where more requests come in a second than
	// a tenth of the limit of parallel recordings, without acting.
	EffectTooManyRequests Effect = "too-many-requests"

	// EffectEmptyBody acts, and leaves the body of the answer empty.
	EffectEmptyBody Effect = "empty-body"

	// EffectCutBody acts, and closes the connection in the middle of the body.
	EffectCutBody Effect = "cut-body"

	// EffectHang never answers and does not act.
	EffectHang Effect = "hang"

	// EffectHangAfterActing acts and never answers.
	EffectHangAfterActing Effect = "hang-after-acting"

	// EffectDoesNotComeUp has start answered as usual, and the recorder fail
	// before it is ready, for the reason in Failure.
	EffectDoesNotComeUp Effect = "does-not-come-up"
)

var effects = []Effect{
	"", EffectDropAfterActing, EffectDropBeforeActing, EffectAnswer, EffectAnswerAfterActing,
	EffectGatewayPage, EffectTooManyRequests, EffectEmptyBody, EffectCutBody, EffectHang, EffectHangAfterActing,
	EffectDoesNotComeUp,
}

// Fault is what goes wrong with the calls that it matches. Durations are in
// simulated time.
type Fault struct {
	// ID names the fault; AddFault gives it.
	ID string `json:"id,omitempty"`

	// Method, AppID, CName and SID choose the calls; each empty for any. CName
	// matches only calls with a body, or for a known sid.
	Method string `json:"method,omitempty"`
	AppID  string `json:"appId,omitempty"`
	CName  string `json:"cname,omitempty"`
	SID    string `json:"sid,omitempty"`

	// Times is how many calls it strikes; 0 for all until it is removed.
	Times int `json:"times,omitempty"`

	// Effect is what it does, beside the delays.
	Effect Effect `json:"effect,omitempty"`

	// DelayBeforeActing and DelayBeforeReply make the call wait.
	DelayBeforeActing metav1.Duration `json:"delayBeforeActing,omitempty"`
	DelayBeforeReply  metav1.Duration `json:"delayBeforeReply,omitempty"`

	// Status, Body and ContentType are the answer of EffectAnswer and
	// EffectAnswerAfterActing. RetryAfter is its header of that name, which
	// Agora does not document.
	Status      int    `json:"status,omitempty"`
	Body        string `json:"body,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	RetryAfter  string `json:"retryAfter,omitempty"`

	// Failure is what EffectDoesNotComeUp is due to; the token if empty.
	Failure StartFailure `json:"failure,omitempty"`
}

// faultSet holds the faults, the oldest first.
type faultSet struct {
	count  int
	faults []*Fault
}

// validate says what is wrong with a fault.
func (f Fault) validate() error {
	if !slices.Contains(effects, f.Effect) {
		return fmt.Errorf("unknown effect %q", f.Effect)
	}
	if f.Method != "" && !isMethod(f.Method) {
		return fmt.Errorf("unknown method %q", f.Method)
	}
	if err := f.validateAnswer(); err != nil {
		return err
	}
	if err := f.validateFailure(); err != nil {
		return err
	}
	if f.Times < 0 {
		return fmt.Errorf("times %d: must not be negative", f.Times)
	}
	if f.DelayBeforeActing.Duration < 0 || f.DelayBeforeReply.Duration < 0 {
		return errors.New("delays must not be negative")
	}
	return nil
}

func (f Fault) validateAnswer() error {
	if !f.answers() && (f.Status != 0 || f.Body != "" || f.ContentType != "" || f.RetryAfter != "") {
		return fmt.Errorf("status, body, contentType and retryAfter: only for the effects %q and %q", EffectAnswer, EffectAnswerAfterActing)
	}
	if f.answers() && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d: the effect %q needs one from 200 to 599", f.Status, f.Effect)
	}
	return nil
}

func (f Fault) validateFailure() error {
	fails := f.Effect == EffectDoesNotComeUp
	switch {
	case fails && f.Method != MethodStart:
		return fmt.Errorf("method %q: the effect %q is for %q", f.Method, f.Effect, MethodStart)
	case !fails && f.Failure != "":
		return fmt.Errorf("failure: only for the effect %q", EffectDoesNotComeUp)
	case f.Failure != "" && !slices.Contains(startFailures, f.Failure):
		return fmt.Errorf("unknown failure %q", f.Failure)
	}
	return nil
}

// startFailure returns why a start that the fault strikes does not come up.
func (f Fault) startFailure() StartFailure {
	if f.Effect == EffectDoesNotComeUp && f.Failure == "" {
		return StartFailureToken
	}
	return f.Failure
}

// AddFault makes a fault strike from now on, and returns its ID.
func (s *Simulator) AddFault(fault Fault) (string, error) {
	if err := fault.validate(); err != nil {
		return "", fmt.Errorf("add a fault: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.count++
	fault.ID = strconv.Itoa(s.faults.count)
	s.faults.faults = append(s.faults.faults, &fault)
	return fault.ID, nil
}

// Faults returns the faults that can still strike.
func (s *Simulator) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	faults := make([]Fault, 0, len(s.faults.faults))
	for _, fault := range s.faults.faults {
		faults = append(faults, *fault)
	}
	return faults
}

// RemoveFault ends a fault, and says whether there was one.
func (s *Simulator) RemoveFault(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.faults.faults)
	s.faults.remove(id)
	return len(s.faults.faults) < before
}

// ClearFaults ends all faults.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.faults = nil
}

func (f *faultSet) remove(id string) {
	f.faults = slices.DeleteFunc(f.faults, func(fault *Fault) bool { return fault.ID == id })
}

// strike returns the fault that strikes a call; the zero value for none.
func (s *Simulator) strike(c *call) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.recorders[c.sid]; ok {
		c.cname = r.cname
	} else if body, refusal := c.parseBody(); refusal == nil {
		c.cname, _ = body.text("cname")
	}
	for _, fault := range s.faults.faults {
		if !fault.matches(c) {
			continue
		}
		c.entry.Fault = fault.ID
		struck := *fault
		if fault.Times > 0 {
			if fault.Times--; fault.Times == 0 {
				s.faults.remove(fault.ID)
			}
		}
		return struck
	}
	return Fault{}
}

func (f *Fault) matches(c *call) bool {
	return (f.Method == "" || f.Method == c.route.method) &&
		(f.AppID == "" || f.AppID == c.appID) &&
		(f.CName == "" || f.CName == c.cname) &&
		(f.SID == "" || f.SID == c.sid)
}

// acts says whether the call takes effect all the same.
func (f Fault) acts() bool {
	switch f.Effect {
	case EffectDropBeforeActing, EffectAnswer, EffectGatewayPage, EffectTooManyRequests, EffectHang:
		return false
	default:
		return true
	}
}

// answers says whether the fault names the answer.
func (f Fault) answers() bool {
	return f.Effect == EffectAnswer || f.Effect == EffectAnswerAfterActing
}

func (f Fault) hangs() bool {
	return f.Effect == EffectHang || f.Effect == EffectHangAfterActing
}

const gatewayPage = `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body>
</html>
`

// distort turns a reply into what reaches the client.
func (f Fault) distort(r *reply) delivery {
	switch f.Effect {
	case EffectDropAfterActing, EffectDropBeforeActing:
		return delivery{}
	case EffectAnswer, EffectAnswerAfterActing:
		if f.acts() && r.refuses() {
			return delivery{reply: r}
		}
		return delivery{reply: &reply{
			status: f.Status, contentType: f.ContentType, retryAfter: f.RetryAfter, body: []byte(f.Body),
		}}
	case EffectGatewayPage:
		return delivery{reply: &reply{status: http.StatusBadGateway, contentType: "text/html", body: []byte(gatewayPage)}}
	case EffectTooManyRequests:
		return delivery{reply: tooManyForWorkers()}
	case EffectEmptyBody:
		return delivery{reply: &reply{status: r.status, contentType: r.contentType}}
	case EffectCutBody:
		return delivery{reply: r, cutBody: true}
	default:
		return delivery{reply: r}
	}
}
