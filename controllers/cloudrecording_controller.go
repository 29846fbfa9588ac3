// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/storage"
)

const (
	// reconcileTimeout bounds a reconcile, which waits for the API server only.
	reconcileTimeout = time.Minute

	// staleRetry lets the cache catch up with a write.
	staleRetry = 20 * time.Millisecond

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
	Acquire(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer
	Start(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer
	Query(ctx context.Context, credentials agora.Credentials, recording agora.Recording) agora.Answer
	Update(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer
	UpdateLayout(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer
	Stop(ctx context.Context, credentials agora.Credentials, recording agora.Recording, async bool) agora.Answer
}

var _ Agora = (*agora.Client)(nil)

// Storage is what the reconciler needs to look into buckets.
type Storage interface {
	// Allows returns a *storage.Problem if nothing may be sent to the location.
	Allows(location storage.Location, credentials storage.Credentials) error

	Verify(ctx context.Context, location storage.Location, credentials storage.Credentials, recording storage.Recording) (storage.Finding, error)
}

var _ Storage = (*storage.Verifier)(nil)

// Inbox holds Agora's notifications that no status shows yet.
type Inbox interface {
	// Pending returns those for a recording, the oldest first.
	Pending(recording types.UID) []notifications.Event

	// Settle drops those that are recorded.
	Settle(recording types.UID, events []notifications.Event)

	// Concerned returns the UIDs of the objects of a name for which there are any.
	Concerned(name types.NamespacedName) []types.UID

	// Discard drops those for objects of a name that are gone: all but the one
	// with the UID.
	Discard(name types.NamespacedName, except types.UID)

	// Arrived names the recordings for which there is something new.
	Arrived() <-chan event.TypedGenericEvent[*v1alpha1.CloudRecording]
}

var _ Inbox = (*notifications.Inbox)(nil)

// CloudRecordingReconciler makes recordings what their objects want them to be.
type CloudRecordingReconciler struct {
	// Client reads from the cache and writes to the API server.
	Client client.Client

	// APIReader reads from the API server.
	APIReader client.Reader

	// Recorder sends events.
	Recorder events.EventRecorder

	// Agora calls Agora.
	Agora Agora

	// Storage looks into buckets.
	Storage Storage

	// Inbox holds Agora's notifications; nil if none are received.
	Inbox Inbox

	// Shard is which recordings are looked after; all by default.
	Shard Shard

	// Leads says whether this process leads for as long as something takes that is
	// about to begin. A call is made only then. Optional.
	Leads func(takes time.Duration) bool

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock

	// Settings are the operator's settings.
	Settings Settings

	// Metrics are told of what happens.
	Metrics *Metrics

	calls              *tasks[agora.Answer]
	looks              *tasks[look]
	budgets            *budget.Budgets
	credentials        *secretStore[credentials]
	storageCredentials *secretStore[storageCredentials]
	startSecrets       *secretStore[startSecret]
	memories           *memories
	departed           departed
	releases           secretReleases
	// waiting paces saying of recordings that they wait to be stopped.
	waiting *rate.Limiter
	// reads paces the reads of large recordings.
	reads *readPace

	leading      sync.Once
	leadingSince time.Time

	// ending says that the process ends, and only the last answers are to be written.
	ending atomic.Bool

	last lastAnswers
}

// SetupWithManager adds the reconciler to a manager.
func (r *CloudRecordingReconciler) SetupWithManager(ctx context.Context, mgr manager.Manager) error {
	if r.Clock == nil {
		r.Clock = clock.RealClock{}
	}
	if r.Inbox == nil {
		r.Inbox = noInbox{}
	}
	if r.Leads == nil {
		r.Leads = func(time.Duration) bool { return true }
	}
	r.last = lastAnswers{stopped: ctx.Done(), ended: make(chan struct{})}
	r.calls = newTasks[agora.Answer](r.Clock, r.Leads)
	r.looks = newTasks[look](r.Clock, r.Leads)
	r.budgets = budget.New(r.Clock)
	r.credentials = newCredentialsStore(r.Client, r.APIReader, r.Settings.RequestsPerSecond)
	r.storageCredentials = newStorageCredentialsStore(r.Client, r.APIReader)
	r.startSecrets = newStartSecretStore(r.Client, r.APIReader)
	r.memories = newMemories()
	r.departed.found = make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording])
	r.waiting = rate.NewLimiter(waitingRate, waitingBurst)
	r.reads = newReadPace(r.Clock)

	r.Recorder = newLimitedRecorder(r.Recorder, r.Clock)
	census := newCensus()
	census.departed = &r.departed
	if err := census.watch(ctx, mgr.GetCache()); err != nil {
		return err
	}
	if err := r.Metrics.watchRecordings(census, r.memories, mgr.Elected(), r.Clock); err != nil {
		return err
	}
	if err := r.Metrics.watchDeparted(&r.departed, mgr.Elected()); err != nil {
		return err
	}
	if err := r.Metrics.watchBudgets(r.budgets); err != nil {
		return err
	}
	if err := indexBySecret(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	if err := mgr.Add(manager.RunnableFunc(r.run)); err != nil {
		return fmt.Errorf("add the calls to the manager: %w", err)
	}
	if err := mgr.Add(manager.RunnableFunc(r.findDeparted)); err != nil {
		return fmt.Errorf("add the search for departed recordings to the manager: %w", err)
	}
	err := ctrl.NewControllerManagedBy(mgr).
		Named("cloudrecording").
		Watches(&v1alpha1.CloudRecording{}, recordingHandler{}).
		WatchesMetadata(secretMetadata(), r.secretHandler()).
		WatchesRawSource(source.Channel(r.calls.finished, answerHandler())).
		WatchesRawSource(source.Channel(r.looks.finished, answerHandler())).
		WatchesRawSource(source.Channel(r.Inbox.Arrived(), answerHandler())).
		WatchesRawSource(source.Channel(r.departed.found, answerHandler())).
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
	recording, ours, err := r.read(ctx, request.NamespacedName)
	if err != nil {
		return reconcile.Result{}, err
	}
	if recording == nil {
		return r.recheckDeparted(request.NamespacedName, reconcile.Result{}), nil
	}
	if err := r.discard(ctx, request.NamespacedName, recording.UID); err != nil {
		return reconcile.Result{}, err
	}
	known, ok := r.memories.get(request.NamespacedName)
	if !ok || known.uid != recording.UID {
		// An object of the same name that was there before is another recording.
		r.forget(request.NamespacedName)
		known = remembered{uid: recording.UID}
	}
	if isOlder(recording.ResourceVersion, known.written) {
		return r.awaitCache(request.NamespacedName, known), nil
	}
	known.stale = 0
	recording, result, err := r.complete(ctx, recording, &known)
	if recording == nil {
		return r.recheckDeparted(request.NamespacedName, result), err
	}
	observed, keys, err := r.observe(ctx, recording, known)
	if err != nil {
		return reconcile.Result{}, err
	}
	r.observeShard(recording, ours, &observed)
	version := recording.ResourceVersion
	decided := decide(known.unwritten.replay(recording, &observed, r.Settings), observed, r.Settings)
	r.join(recording, &known, keys.agora, decided)
	if wait := r.postpone(recording, &known, observed, decided, keys.agora); wait > 0 {
		r.memories.set(request.NamespacedName, known)
		return reconcile.Result{RequeueAfter: wait, Priority: ptr.To(priorityWaiting)}, nil
	}
	begun := r.Clock.Now()
	if err := r.record(ctx, recording, decided); err != nil {
		return r.actUnwritten(ctx, recording, failedWrite{begun, err, known, observed, decided, keys})
	}
	written := recording.ResourceVersion != version
	known = r.remember(ctx, recording, known, decided, written)
	r.settle(recording.UID, observed)
	// What was written must be remembered until the cache shows it.
	if !ours || (!written && nothingLeft(decided, observed)) {
		r.forget(request.NamespacedName)
		return r.recheckDeparted(request.NamespacedName, reconcile.Result{}), nil
	}
	result, err = r.act(ctx, recording, decided, keys)
	if err != nil {
		return r.retry(ctx, request.NamespacedName, known, err)
	}
	return r.recheckDeparted(request.NamespacedName, result), nil
}

// remember keeps what was decided once it is recorded, and returns what is kept.
func (r *CloudRecordingReconciler) remember(
	ctx context.Context, recording *v1alpha1.CloudRecording, known remembered, decided decision, written bool,
) remembered {
	known.memory = decided.memory
	if known.unwritten.reported {
		log.FromContext(ctx).Info("The status can be written again")
	}
	known.unwritten = unwritten{}
	known.written, known.conflicts = recording.ResourceVersion, 0
	if written {
		known.current = recording.ResourceVersion
	}
	if !decided.action.isCall() {
		known.waitingSince = time.Time{}
	}
	r.memories.set(client.ObjectKeyFromObject(recording), known)
	return known
}

// nothingLeft says that there is nothing to do for a recording, nor to remember.
func nothingLeft(decided decision, observed observation) bool {
	return decided.isDone() && observed.underway == nil && !observed.looking
}

// settle drops what was observed and is recorded now.
func (r *CloudRecordingReconciler) settle(recording types.UID, observed observation) {
	r.settleTasks(recording, observed)
	if len(observed.events) > 0 {
		r.Inbox.Settle(recording, observed.events)
	}
}

// settleTasks makes room for the next call and the next look into the bucket.
func (r *CloudRecordingReconciler) settleTasks(recording types.UID, observed observation) {
	if observed.answer != nil {
		r.calls.settle(recording, observed.answer)
	}
	if observed.looked != nil {
		r.looks.settle(recording, observed.looked)
	}
}

// discard drops the notifications for objects of the name that are gone. The
// cache may lag behind: one that it does not show may be new.
func (r *CloudRecordingReconciler) discard(ctx context.Context, name types.NamespacedName, known types.UID) error {
	isOther := func(uid types.UID) bool { return uid != known }
	if !slices.ContainsFunc(r.Inbox.Concerned(name), isOther) {
		return nil
	}
	current := &v1alpha1.CloudRecording{}
	err := r.APIReader.Get(ctx, name, current)
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("read the object: %w", err)
	}
	r.Inbox.Discard(name, current.UID)
	return nil
}

// read returns the object, or nil if it is gone. One that is not in the cache,
// since it has left the watched labels, is not ours any more, but is read as
// long as something comes for it only once: the answer to a call that is under
// way, or notifications.
func (r *CloudRecordingReconciler) read(
	ctx context.Context, name types.NamespacedName,
) (recording *v1alpha1.CloudRecording, ours bool, err error) {
	recording = &v1alpha1.CloudRecording{}
	var reader client.Reader = r.Client
	isOutrun := r.isOutrun(name)
	if r.ending.Load() || isOutrun {
		// A cache that has lost its watch may not catch up in the time that is left.
		reader = r.APIReader
	}
	err = reader.Get(ctx, name, recording)
	if err == nil && (!isOutrun || r.ending.Load() || r.Shard.matches(recording)) {
		if !r.ending.Load() {
			r.departed.forget(name)
		}
		return recording, true, nil
	}
	if client.IgnoreNotFound(err) != nil {
		return nil, false, fmt.Errorf("read the object: %w", err)
	}
	if recording, err = r.readDeparted(ctx, name); recording != nil || err != nil {
		return recording, err == nil, err
	}
	recording, err = r.readUncached(ctx, name)
	return recording, false, err
}

// The cache counts as one that lags behind after so many writes in a row that somebody
// else's went before, or after it has not shown this process's own for more than a second.
const (
	conflictsOutrun = 3
	staleOutrun     = 6
)

// isOutrun says whether the cache lags so far behind that what was learnt cannot be
// written by it.
func (r *CloudRecordingReconciler) isOutrun(name types.NamespacedName) bool {
	known, _ := r.memories.get(name)
	return known.conflicts >= conflictsOutrun || known.stale >= staleOutrun
}

// readUncached returns an object that is not in the cache, if something is to be
// recorded of it.
func (r *CloudRecordingReconciler) readUncached(ctx context.Context, name types.NamespacedName) (*v1alpha1.CloudRecording, error) {
	known, ok := r.memories.get(name)
	holds := ok && r.calls.holds(known.uid)
	if !holds && len(r.Inbox.Concerned(name)) == 0 {
		r.forget(name)
		return nil, nil
	}
	recording := &v1alpha1.CloudRecording{}
	err := r.APIReader.Get(ctx, name, recording)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	// One that is gone has no UID.
	r.Inbox.Discard(name, recording.UID)
	isKnown := holds && recording.UID == known.uid
	switch {
	case isKnown && !r.calls.isFinished(known.uid):
		// The answer brings it here again.
		return nil, nil
	case isKnown, slices.Contains(r.Inbox.Concerned(name), recording.UID):
		return recording, nil
	default:
		r.forget(name)
		return nil, nil
	}
}

// isOlder says whether a version of an object comes before another.
func isOlder(version, than string) bool {
	order, err := resourceversion.CompareResourceVersion(version, than)
	return err == nil && order < 0
}

// awaitCache reconciles again once the cache may show what this process has written.
func (r *CloudRecordingReconciler) awaitCache(name types.NamespacedName, known remembered) reconcile.Result {
	known.stale++
	r.memories.set(name, known)
	return reconcile.Result{RequeueAfter: conflictRetry(known.stale)}
}

// retry reconciles again after a write failed. That somebody else wrote first
// is no error.
func (r *CloudRecordingReconciler) retry(
	ctx context.Context, name types.NamespacedName, known remembered, err error,
) (reconcile.Result, error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		// The process ends, and whatever was not written is written by run.
		return reconcile.Result{}, nil
	}
	if !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
		return reconcile.Result{}, err
	}
	log.FromContext(ctx).V(1).Info("The object has changed meanwhile", "cause", err.Error())
	known.conflicts++
	r.memories.set(name, known)
	return reconcile.Result{RequeueAfter: conflictRetry(known.conflicts)}, nil
}

// conflictRetry returns how long to wait for the cache to show a write by
// somebody else.
func conflictRetry(conflicts int) time.Duration {
	return min(staleRetry<<min(conflicts-1, 8), longestErrorRetry)
}

// lead returns since when this process leads. Whoever comes first says so: run, or
// a reconcile that was quicker.
func (r *CloudRecordingReconciler) lead() time.Time {
	r.leading.Do(func() {
		r.leadingSince = r.Clock.Now()
		r.budgets.Begin()
	})
	return r.leadingSince
}
