// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

// act does what was decided, and says when to reconcile again.
func (r *CloudRecordingReconciler) act(
	ctx context.Context, recording *v1alpha1.CloudRecording, d decision, keys keys,
) (reconcile.Result, error) {
	switch d.action {
	case actionAddFinalizer:
		return reconcile.Result{}, r.addFinalizer(ctx, recording)
	case actionRelease:
		return reconcile.Result{}, r.release(ctx, recording)
	case actionStart, actionUpdate, actionUpdateLayout:
		current, err := r.isCurrent(ctx, recording)
		if err != nil || !current {
			return reconcile.Result{RequeueAfter: currentRetry}, err
		}
		if protected, err := r.mayBegin(ctx, recording, d); err != nil || !protected {
			return reconcile.Result{RequeueAfter: protectionRetry}, err
		}
		return r.call(ctx, recording, d, keys), nil
	case actionAcquire, actionQuery, actionStop:
		return r.call(ctx, recording, d, keys), nil
	case actionLook:
		r.look(ctx, targetOf(recording, d), keys.storage)
		return r.lookAgain(recording, d.lookAgain), nil
	default:
		r.giveUpTurn(recording, d, keys.agora)
		return r.lookAgain(recording, d.lookAgain), nil
	}
}

func (r *CloudRecordingReconciler) addFinalizer(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	before := recording.DeepCopy()
	controllerutil.AddFinalizer(recording, v1alpha1.StopFinalizer)
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, recording, patch); err != nil {
		return fmt.Errorf("add the finalizer: %w", err)
	}
	// A cache that does not show it yet must not lead to another write.
	name := client.ObjectKeyFromObject(recording)
	known, _ := r.memories.get(name)
	known.written = recording.ResourceVersion
	r.memories.set(name, known)
	return nil
}

// release lets a deleted object go, and says all that is known of it: its
// status goes with it.
func (r *CloudRecordingReconciler) release(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	if len(r.Inbox.Pending(recording.UID)) > 0 {
		// They came since the inbox was looked at, and bring the object here again.
		return nil
	}
	log.FromContext(ctx).Info("The object goes", "status", recording.Status)
	before := recording.DeepCopy()
	controllerutil.RemoveFinalizer(recording, v1alpha1.StopFinalizer)
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, recording, patch); err != nil {
		return fmt.Errorf("remove the finalizer: %w", err)
	}
	r.announceRelease(before)
	return nil
}

// call makes a call if it is the recording's turn in its account's budget, and
// reconciles again at its turn if not.
func (r *CloudRecordingReconciler) call(
	ctx context.Context, recording *v1alpha1.CloudRecording, d decision, keys keys,
) reconcile.Result {
	method, call := r.prepare(recording, d, keys)
	if !r.Leads(method.Timeout()) {
		// Another process may lead before an answer could come.
		return r.lookAgain(recording, earliest(r.Clock.Now().Add(deniedRetry), d.lookAgain))
	}
	account := r.account(recording, keys.agora)
	name := client.ObjectKeyFromObject(recording)
	known, _ := r.memories.get(name)
	if known.waitingSince.IsZero() {
		known.waitingSince = r.Clock.Now()
	}
	turn, granted := account.Turn(budget.Owner(recording.UID), d.priority)
	if !granted {
		r.memories.set(name, known)
		result := r.lookAgain(recording, earliest(turn, d.lookAgain))
		if turn.Sub(r.Clock.Now()) < budget.Lookahead {
			result.Priority = ptr.To(duePriority(recording))
		}
		return result
	}
	r.Metrics.waited(d.priority, turn.Sub(known.waitingSince))
	known.waitingSince = time.Time{}
	r.memories.set(name, known)

	run := func(ctx context.Context) agora.Answer {
		answer := call(countRequests(ctx, account, turn, r.Clock))
		if answer.Conclusion == agora.RateLimited {
			account.Refused(budget.Owner(recording.UID), answer.RetryAfter)
		} else {
			// What is known was to be saved first; the stop itself follows.
			savedForStop := method == agora.MethodQuery && d.priority >= budget.StopAgain
			account.Answered(budget.Owner(recording.UID), savedForStop)
		}
		logAnswer(ctx, answer)
		return answer
	}
	// A query can be asked again, and a resource ID asked for, while a start or a
	// stop is answered only once.
	identity := identityOf(targetOf(recording, d))
	r.calls.start(ctx, recording, task[agora.Answer]{
		what: string(method), session: identity.SID, resource: identity.ResourceID, turn: turn, takes: method.Timeout(),
		repeatable: method == agora.MethodQuery || method == agora.MethodAcquire,
		run:        run,
		denied:     func() { account.Answered(budget.Owner(recording.UID), true) },
		// Nothing tells what has become of the request.
		broken: &agora.Answer{Method: method, Conclusion: agora.NotKnown, Reason: "the call broke off"},
	})
	return r.lookAgain(recording, d.lookAgain)
}

// countRequests tells the account when a request really leaves, and of each that
// Go's HTTP client sends again by itself.
func countRequests(ctx context.Context, account *budget.Account, turn time.Time, clock clock.PassiveClock) context.Context {
	var sent atomic.Bool
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) {
			if sent.CompareAndSwap(false, true) {
				account.Sent(turn, clock.Now())
			} else {
				account.SentAgain(clock.Now())
			}
		},
	})
}

// join notes which account a recording counts for: its place in another one's
// queue would hold up others there.
func (r *CloudRecordingReconciler) join(recording *v1alpha1.CloudRecording, known *remembered, credentials credentials, d decision) {
	owner := budget.Owner(recording.UID)
	if known.account != credentials.account {
		r.budgets.Forget(known.account, owner)
		known.account = credentials.account
		r.memories.noteAccount(client.ObjectKeyFromObject(recording), recording.UID, known.account)
	}
	if credentials.account != "" {
		r.account(recording, credentials).Poll(owner, d.polls)
	}
}

// giveUpTurn gives up the place in the account's queue, unless a call follows:
// one that was refused keeps its place.
func (r *CloudRecordingReconciler) giveUpTurn(recording *v1alpha1.CloudRecording, d decision, credentials credentials) {
	if credentials.account != "" && !d.returns {
		r.account(recording, credentials).Forget(budget.Owner(recording.UID))
	}
}

// account returns the budget that the recording's calls count against.
func (r *CloudRecordingReconciler) account(recording *v1alpha1.CloudRecording, credentials credentials) *budget.Account {
	source := budget.Source(secretName(recording).String())
	return r.budgets.Account(credentials.account, source, credentials.requestsPerSecond)
}

// targetOf returns what the action is for: the recording, or a session of it that
// another has replaced.
func targetOf(recording *v1alpha1.CloudRecording, d decision) *v1alpha1.CloudRecording {
	if session := sessionOf(recording, d.session); d.session != "" && session != nil {
		return recordingOf(recording, session)
	}
	return recording
}

// prepare returns the method and the call that were decided on.
func (r *CloudRecordingReconciler) prepare(
	recording *v1alpha1.CloudRecording, d decision, keys keys,
) (agora.Method, func(context.Context) agora.Answer) {
	identity, credentials := identityOf(targetOf(recording, d)), keys.agora.Credentials
	switch d.action {
	case actionAcquire:
		return agora.MethodAcquire, func(ctx context.Context) agora.Answer {
			return r.Agora.Acquire(ctx, credentials, identity, keys.start.acquire)
		}
	case actionStart:
		return agora.MethodStart, func(ctx context.Context) agora.Answer {
			return r.Agora.Start(ctx, credentials, identity, keys.start.start)
		}
	case actionUpdate:
		return agora.MethodUpdate, func(ctx context.Context) agora.Answer {
			return r.Agora.Update(ctx, credentials, identity, keys.updates.request(d.updates))
		}
	case actionUpdateLayout:
		return agora.MethodUpdateLayout, func(ctx context.Context) agora.Answer {
			return r.Agora.UpdateLayout(ctx, credentials, identity, keys.updates.request(d.updates))
		}
	case actionStop:
		async := recording.Spec.AsyncStop
		return agora.MethodStop, func(ctx context.Context) agora.Answer {
			return r.Agora.Stop(ctx, credentials, identity, async)
		}
	default:
		return agora.MethodQuery, r.query(credentials, identity, d.timeout)
	}
}

// query returns a query that ends after the timeout, if there is one.
func (r *CloudRecordingReconciler) query(
	credentials agora.Credentials, identity agora.Recording, timeout time.Duration,
) func(context.Context) agora.Answer {
	return func(ctx context.Context) agora.Answer {
		if timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		return r.Agora.Query(ctx, credentials, identity)
	}
}

// lookAgain reconciles again at a time, with the need of the recording.
func (r *CloudRecordingReconciler) lookAgain(recording *v1alpha1.CloudRecording, at time.Time) reconcile.Result {
	if at.IsZero() {
		return reconcile.Result{}
	}
	return reconcile.Result{
		RequeueAfter: max(at.Sub(r.Clock.Now()), time.Millisecond),
		Priority:     ptr.To(queuePriority(recording)),
	}
}

func logAnswer(ctx context.Context, answer agora.Answer) {
	log.FromContext(ctx).V(1).Info("Agora answered",
		"method", answer.Method, "conclusion", answer.Conclusion.String(), "httpStatus", answer.HTTPStatus,
		"code", answer.Code, "reason", answer.Reason, "requestId", answer.RequestID, "cause", answer.Err)
}

// forget drops all that is held of an object that is gone.
func (r *CloudRecordingReconciler) forget(name types.NamespacedName) {
	known, ok := r.memories.forget(name)
	if !ok {
		return
	}
	r.calls.forget(known.uid)
	r.looks.forget(known.uid)
	r.budgets.Forget(known.account, budget.Owner(known.uid))
}
