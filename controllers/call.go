// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"

	clientevents "k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/tasks"
	"cloudrecording.dev/operator/controllers/metrics"
	"cloudrecording.dev/operator/controllers/places"
)

// caller calls Agora for recordings, each call at its turn in the account's budget, and
// starts the verification of uploads.
type caller struct {
	agora         Agora
	storage       Storage
	recorder      clientevents.EventRecorder
	leads         func(takes time.Duration) bool
	clock         clock.Clock
	metrics       *metrics.Metrics
	calls         *tasks.Runner[agora.Answer]
	verifications *tasks.Runner[decision.Verification]
	budgets       *budget.Budgets
	places        *capacity.Pools
	tracker       *tracker
}

// takeTurn takes the recording's turn in its account's budget. If the turn has not come yet,
// the result says when to reconcile again.
func (c *caller) takeTurn(
	recording *v1alpha1.CloudRecording, d decision.Decision, keys keys, known *tracked,
) (turn time.Time, result reconcile.Result, granted bool) {
	if !c.leads(d.Action.Method().Timeout()) {
		// The lease may end before the answer arrives.
		return time.Time{}, c.requeue(recording, decision.Earliest(c.clock.Now().Add(tasks.DeniedRetry), d.RequeueAt)), false
	}
	if known.waitingSince.IsZero() {
		known.waitingSince = c.clock.Now()
	}
	turn, granted = c.account(recording, keys.agora).Turn(budget.Owner(recording.UID), d.Priority)
	if granted {
		c.metrics.Waited(d.Priority, turn.Sub(known.waitingSince))
		known.waitingSince = time.Time{}
		return turn, reconcile.Result{}, true
	}
	result = c.requeue(recording, decision.Earliest(turn, d.RequeueAt))
	if turn.Sub(c.clock.Now()) < budget.Lookahead {
		result.Priority = ptr.To(duePriority(recording))
	}
	return turn, result, false
}

// call calls Agora if it is the recording's turn in its account's budget. Otherwise the
// result says when to reconcile again.
func (c *caller) call(ctx context.Context, recording *v1alpha1.CloudRecording, s step) reconcile.Result {
	d, turn, name := s.decided, s.turn, client.ObjectKeyFromObject(recording)
	if turn.IsZero() {
		known, _ := c.tracker.get(name)
		taken, result, granted := c.takeTurn(recording, d, s.keys, &known)
		c.tracker.set(name, known)
		if !granted {
			return result
		}
		turn = taken
	}
	account, method, call := c.account(recording, s.keys.agora), d.Action.Method(), c.prepare(recording, d, s.keys)
	run := func(ctx context.Context) agora.Answer {
		answer := call(countRequests(ctx, account, turn, c.clock))
		if answer.Conclusion == agora.RateLimited {
			account.Refused(budget.Owner(recording.UID), answer.RetryAfter)
		} else {
			// The query saved the file list before a stop, and the stop itself follows.
			savedForStop := method == agora.MethodQuery && d.Priority >= budget.StopAgain
			account.Answered(budget.Owner(recording.UID), savedForStop)
		}
		c.notePlace(recording, answer)
		logAnswer(ctx, answer)
		return answer
	}
	// A query or an acquire can be repeated. A start or a stop is answered only once.
	identity := lifecycle.IdentityOf(d.Target(recording))
	c.calls.Start(ctx, recording, tasks.Task[agora.Answer]{
		What: string(method), Session: identity.SID, Resource: identity.ResourceID, Turn: turn, Takes: method.Timeout(),
		Repeatable: method == agora.MethodQuery || method == agora.MethodAcquire,
		Run:        run,
		Denied:     func() { account.Answered(budget.Owner(recording.UID), true) },
		// Whether Agora received the request is unknown.
		Broken: &agora.Answer{Method: method, Conclusion: agora.NotKnown, Reason: "the call broke off"},
	})
	if method == agora.MethodStop {
		return c.requeue(recording, decision.Earliest(c.clock.Now().Add(stopShownAfter), d.RequeueAt))
	}
	return c.requeue(recording, d.RequeueAt)
}

// countRequests tells the account when a request really leaves, when its answer begins, and
// when Go's HTTP client repeats a request by itself.
func countRequests(ctx context.Context, account *budget.Account, turn time.Time, clock clock.PassiveClock) context.Context {
	var mu sync.Mutex
	var sent time.Time
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) {
			mu.Lock()
			defer mu.Unlock()
			now := clock.Now()
			if sent.IsZero() {
				account.Sent(turn, now)
			} else {
				account.SentAgain(now)
			}
			sent = now
		},
		GotFirstResponseByte: func() {
			mu.Lock()
			defer mu.Unlock()
			account.Answers(sent, clock.Now())
		},
	})
}

// join assigns a recording, its requests and its open sessions, to the account of its Secret.
// If the account has changed, the recording leaves the queue of the old one, where it would
// hold up others.
func (c *caller) join(recording *v1alpha1.CloudRecording, known *tracked, credentials secrets.Credentials, d decision.Decision) {
	owner := budget.Owner(recording.UID)
	if known.account != credentials.Account {
		c.budgets.Forget(known.account, owner)
		known.account = credentials.Account
		c.tracker.noteAccount(client.ObjectKeyFromObject(recording), recording.UID, known.account)
	}
	open := lifecycle.OpenSessions(&d.Status)
	if credentials.Account == "" {
		c.places.NoteOpen(owner, open)
		return
	}
	c.account(recording, credentials).Poll(owner, d.Polls)
	c.places.Note(places.Key(recording, credentials), places.Request(recording), open, d.AwaitsPlace)
}

// giveUpTurn leaves the account's queue, unless another call follows: a recording whose
// request was refused keeps its place.
func (c *caller) giveUpTurn(recording *v1alpha1.CloudRecording, d decision.Decision, credentials secrets.Credentials) {
	if credentials.Account != "" && !d.Returns {
		c.account(recording, credentials).Forget(budget.Owner(recording.UID))
	}
}

// notePlace notes whether an answer of Agora says that there is room for recordings.
func (c *caller) notePlace(recording *v1alpha1.CloudRecording, answer agora.Answer) {
	switch {
	case answer.Conclusion == agora.Overloaded:
		c.places.Refused(budget.Owner(recording.UID))
	case answer.Method == agora.MethodAcquire && answer.Conclusion == agora.Succeeded:
		c.places.Accepted(budget.Owner(recording.UID))
	}
}

// account returns the budget that the recording's calls count against.
func (c *caller) account(recording *v1alpha1.CloudRecording, credentials secrets.Credentials) *budget.Account {
	return c.budgets.Account(credentials.Account, places.Source(recording), credentials.RequestsPerSecond)
}

// prepare returns a function that makes the decided call.
func (c *caller) prepare(
	recording *v1alpha1.CloudRecording, d decision.Decision, keys keys,
) func(context.Context) agora.Answer {
	identity, credentials := lifecycle.IdentityOf(d.Target(recording)), keys.agora.Credentials
	switch d.Action {
	case decision.ActionAcquire:
		return func(ctx context.Context) agora.Answer {
			return c.agora.Acquire(ctx, credentials, identity, keys.start.acquire)
		}
	case decision.ActionStart:
		return func(ctx context.Context) agora.Answer {
			return c.agora.Start(ctx, credentials, identity, keys.start.start)
		}
	case decision.ActionUpdate:
		return func(ctx context.Context) agora.Answer {
			return c.agora.Update(ctx, credentials, identity, keys.updates.Request(d.Updates))
		}
	case decision.ActionUpdateLayout:
		return func(ctx context.Context) agora.Answer {
			return c.agora.UpdateLayout(ctx, credentials, identity, keys.updates.Request(d.Updates))
		}
	case decision.ActionStop:
		async := ptr.Deref(recording.Spec.AsyncStop, false)
		return func(ctx context.Context) agora.Answer {
			return c.agora.Stop(ctx, credentials, identity, async)
		}
	default:
		return c.query(credentials, identity, d.Timeout)
	}
}

// query returns a function that queries the recording. A timeout of zero sets no limit.
func (c *caller) query(
	credentials agora.Credentials, identity agora.Recording, timeout time.Duration,
) func(context.Context) agora.Answer {
	return func(ctx context.Context) agora.Answer {
		if timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		return c.agora.Query(ctx, credentials, identity)
	}
}

// requeue returns a result that reconciles again at a time, with the recording's priority. A
// zero time means not at all.
func (c *caller) requeue(recording *v1alpha1.CloudRecording, at time.Time) reconcile.Result {
	if at.IsZero() {
		return reconcile.Result{}
	}
	return reconcile.Result{
		RequeueAfter: max(at.Sub(c.clock.Now()), time.Millisecond),
		Priority:     ptr.To(queuePriority(recording)),
	}
}

func logAnswer(ctx context.Context, answer agora.Answer) {
	log.FromContext(ctx).V(1).Info("Agora answered",
		"method", answer.Method, "conclusion", answer.Conclusion.String(), "httpStatus", answer.HTTPStatus,
		"code", answer.Code, "reason", answer.Reason, "requestId", answer.RequestID, "cause", answer.Err)
}
