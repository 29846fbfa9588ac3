// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

const (
	// reconcileTimeout bounds a reconcile, which waits for the API server only.
	reconcileTimeout = time.Minute

	// conflictRetry lets the cache catch up with a write by somebody else.
	conflictRetry = 20 * time.Millisecond

	// Errors are those of the API server, which comes back.
	shortestErrorRetry = 50 * time.Millisecond
	longestErrorRetry  = 30 * time.Second
)

// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordings,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordings/status,verbs=patch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Agora is what the reconciler needs of Agora's REST API.
type Agora interface {
	Query(ctx context.Context, credentials agora.Credentials, recording agora.Recording) agora.Answer
	Stop(ctx context.Context, credentials agora.Credentials, recording agora.Recording, async bool) agora.Answer
}

var _ Agora = (*agora.Client)(nil)

// CloudRecordingReconciler makes recordings what their objects want them to be.
type CloudRecordingReconciler struct {
	// Client reads from the cache and writes to the API server. Its reads must
	// show its own writes.
	Client client.Client

	// APIReader reads from the API server.
	APIReader client.Reader

	// Recorder sends events.
	Recorder events.EventRecorder

	// Agora calls Agora.
	Agora Agora

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock

	// Settings are the operator's settings.
	Settings Settings

	// Metrics are told of what happens.
	Metrics *Metrics

	calls       *calls
	budgets     *budget.Budgets
	credentials *credentialsStore
	memories    *memories

	leading      sync.Once
	leadingSince time.Time
}

// SetupWithManager adds the reconciler to a manager.
func (r *CloudRecordingReconciler) SetupWithManager(ctx context.Context, mgr manager.Manager) error {
	if r.Clock == nil {
		r.Clock = clock.RealClock{}
	}
	r.calls = newCalls(r.Clock)
	r.budgets = budget.New(r.Clock)
	r.credentials = newCredentialsStore(r.Client, r.APIReader, r.Settings.RequestsPerSecond)
	r.memories = newMemories()

	if err := r.Metrics.watch(r.Client, mgr.Elected(), r.Clock); err != nil {
		return err
	}
	if err := indexBySecret(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	if err := mgr.Add(manager.RunnableFunc(r.run)); err != nil {
		return fmt.Errorf("add the calls to the manager: %w", err)
	}
	err := ctrl.NewControllerManagedBy(mgr).
		Named("cloudrecording").
		Watches(&v1alpha1.CloudRecording{}, recordingHandler{}).
		WatchesMetadata(secretMetadata(), r.secretHandler()).
		WatchesRawSource(source.Channel(r.calls.answered, answerHandler())).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: r.Settings.MaxConcurrentReconciles,
			ReconciliationTimeout:   reconcileTimeout,
			RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](
				shortestErrorRetry, longestErrorRetry),
		}).
		Complete(r)
	if err != nil {
		return fmt.Errorf("set up the controller of recordings: %w", err)
	}
	return nil
}

// Reconcile observes, decides, records and acts once.
func (r *CloudRecordingReconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	recording := &v1alpha1.CloudRecording{}
	if err := r.Client.Get(ctx, request.NamespacedName, recording); err != nil {
		if apierrors.IsNotFound(err) {
			r.forget(request.NamespacedName)
			return reconcile.Result{}, nil
		}
		return reconcile.Result{}, fmt.Errorf("read the object: %w", err)
	}
	known := r.memories.get(request.NamespacedName, recording.UID)
	observed, credentials, err := r.observe(ctx, recording, known)
	if err != nil {
		return reconcile.Result{}, err
	}
	decided := decide(recording, observed, r.Settings)
	if err := r.record(ctx, recording, decided.status); err != nil {
		return r.retry(ctx, err)
	}
	known.memory = decided.memory
	if !decided.action.isCall() {
		known.waitingSince = time.Time{}
	}
	r.memories.set(request.NamespacedName, known)
	if observed.answer != nil {
		r.calls.settle(recording.UID, observed.answer)
	}
	result, err := r.act(ctx, recording, decided, credentials)
	if err != nil {
		return r.retry(ctx, err)
	}
	return result, nil
}

// retry reconciles again after a write failed. That somebody else wrote first
// is no error.
func (r *CloudRecordingReconciler) retry(ctx context.Context, err error) (reconcile.Result, error) {
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		log.FromContext(ctx).V(1).Info("The object has changed meanwhile", "cause", err.Error())
		return reconcile.Result{RequeueAfter: conflictRetry}, nil
	}
	return reconcile.Result{}, err
}

// lead returns since when this process leads: since its first reconcile.
func (r *CloudRecordingReconciler) lead() time.Time {
	r.leading.Do(func() {
		r.leadingSince = r.Clock.Now()
		r.budgets.Begin()
	})
	return r.leadingSince
}

// run lets the calls under way end before this process hands over.
func (r *CloudRecordingReconciler) run(ctx context.Context) error {
	<-ctx.Done()
	r.calls.drain()
	return r.recordDrained(context.WithoutCancel(ctx))
}

// recordDrained records the answers that came after the workers had ended.
func (r *CloudRecordingReconciler) recordDrained(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	for {
		names := r.calls.unrecorded()
		if len(names) == 0 {
			return nil
		}
		var failures []error
		for _, name := range names {
			if _, err := r.Reconcile(ctx, reconcile.Request{NamespacedName: name}); err != nil {
				failures = append(failures, fmt.Errorf("record the last answer for %s: %w", name, err))
			}
		}
		select {
		case <-ctx.Done():
			return errors.Join(append(failures, ctx.Err())...)
		case <-r.Clock.After(conflictRetry):
		}
	}
}

const drainTimeout = 10 * time.Second

// ShutdownTimeout is how long the manager must give its parts to end: a call
// under way, and the writing of its answer.
func ShutdownTimeout() time.Duration {
	return agora.MaxTimeout() + drainTimeout + time.Second
}
