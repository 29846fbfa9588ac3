// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"
	clientevents "k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/departures"
	"cloudrecording.dev/operator/controllers/events"
	"cloudrecording.dev/operator/controllers/indexes"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/objectversion"
	"cloudrecording.dev/operator/controllers/internal/pace"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/tasks"
	"cloudrecording.dev/operator/controllers/internal/workers"
	"cloudrecording.dev/operator/controllers/metrics"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/places"
	"cloudrecording.dev/operator/controllers/profiles"
	"cloudrecording.dev/operator/controllers/profilestatus"
	"cloudrecording.dev/operator/controllers/protection"
	"cloudrecording.dev/operator/controllers/shard"
	"cloudrecording.dev/operator/controllers/storage"
)

// staleRetry gives the cache time to catch up with a write.
const staleRetry = 20 * time.Millisecond

// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordings,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordings/status,verbs=patch
// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordingprofiles,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Agora is the part of Agora's REST API that the reconciler needs.
type Agora interface {
	Acquire(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer
	Start(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer
	Query(ctx context.Context, credentials agora.Credentials, recording agora.Recording) agora.Answer
	Update(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer
	UpdateLayout(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer
	Stop(ctx context.Context, credentials agora.Credentials, recording agora.Recording, async bool) agora.Answer
}

// Storage verifies uploads in buckets.
type Storage interface {
	// Allows returns a *storage.Problem if nothing may be sent to the location.
	Allows(location storage.Location, credentials storage.Credentials) error

	Verify(ctx context.Context, location storage.Location, credentials storage.Credentials, recording storage.Recording) (storage.Finding, error)
}

// Inbox holds Agora's notifications that no status shows yet.
type Inbox interface {
	// Pending returns the notifications for a recording, the oldest first.
	Pending(recording types.UID) []notifications.Event

	// Settle drops notifications that are recorded.
	Settle(recording types.UID, events []notifications.Event)

	// Concerned returns the UIDs of the objects of a name that have notifications.
	Concerned(name types.NamespacedName) []types.UID

	// Discard drops the notifications for all objects of a name, except for the one with the
	// UID.
	Discard(name types.NamespacedName, except types.UID)

	// Arrived returns the channel of recordings with new notifications.
	Arrived() <-chan event.TypedGenericEvent[*v1alpha1.CloudRecording]
}

// CloudRecordingReconciler brings Agora's recordings to the state that their objects ask for.
type CloudRecordingReconciler struct {
	// Client reads from the cache and writes to the API server.
	Client client.Client

	// APIReader reads from the API server.
	APIReader client.Reader

	// Recorder sends events.
	Recorder clientevents.EventRecorder

	// Agora calls Agora.
	Agora Agora

	// Storage looks into buckets.
	Storage Storage

	// Inbox holds Agora's notifications; nil if none are received.
	Inbox Inbox

	// Shard selects the recordings that the operator looks after. Defaults to all.
	Shard shard.Shard

	// Leads reports whether this process will still lead after a duration, which is what a call
	// may take. A call is made only if it does. Optional.
	Leads func(takes time.Duration) bool

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock

	// Settings are the operator's settings.
	Settings Settings

	// Metrics count what happens.
	Metrics *metrics.Metrics

	calls              *tasks.Runner[agora.Answer]
	verifications      *tasks.Runner[decision.Verification]
	budgets            *budget.Budgets
	places             *capacity.Pools
	credentials        *secrets.Store[secrets.Credentials]
	storageCredentials *secrets.Store[secrets.StorageCredentials]
	startSecrets       *secrets.Store[secrets.StartSecret]
	tracker            *tracker
	releases           protection.Releases
	observer           *observer
	statuses           *statusWriter
	caller             *caller
	departures         *departures.Tracker
	// reads paces the reads of large recordings.
	reads *pace.Reads

	leadership *leadership

	// hasProfiles is true if the cluster has the CustomResourceDefinition of profiles.
	hasProfiles bool

	// ending is true once the process ends and only writes the last answers.
	ending atomic.Bool

	last lastAnswers
}

// SetupWithManager adds the reconciler to a manager, and those of profiles and of Secrets,
// which use its indexes.
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
	r.Client, r.APIReader = profiles.NewClient(r.Client), profiles.NewReader(r.APIReader)
	r.last = lastAnswers{stopped: ctx.Done(), ended: make(chan struct{})}
	r.calls = tasks.NewRunner[agora.Answer](r.Clock, r.Leads)
	r.verifications = tasks.NewRunner[decision.Verification](r.Clock, r.Leads)
	r.budgets = budget.New(r.Clock)
	r.places = capacity.New(r.Clock)
	r.credentials = secrets.NewCredentialsStore(r.Client, r.APIReader, r.Settings.RequestsPerSecond)
	r.storageCredentials = secrets.NewStorageStore(r.Client, r.APIReader)
	r.startSecrets = secrets.NewStartStore(r.Client, r.APIReader)
	r.tracker = newTracker()
	r.leadership = &leadership{clock: r.Clock, budgets: r.budgets}
	r.reads = pace.New(r.Clock)

	r.Recorder = events.NewLimitedRecorder(r.Recorder, r.Clock)
	r.compose()
	err := r.Metrics.WatchRecordings(ctx, metrics.Recordings{
		Cache: mgr.GetCache(), Departed: r.departures.Count, UnwrittenSince: r.tracker.unwrittenSince, Elected: mgr.Elected(), Clock: r.Clock,
	})
	if err != nil {
		return err
	}
	if err := r.Metrics.WatchBudgets(r.budgets); err != nil {
		return err
	}
	if err := r.Metrics.WatchCapacity(r.places); err != nil {
		return err
	}
	if err := r.findProfiles(ctx, mgr); err != nil {
		return err
	}
	if err := indexes.AddForRecordings(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	if err := mgr.Add(manager.RunnableFunc(r.run)); err != nil {
		return fmt.Errorf("add the calls to the manager: %w", err)
	}
	waiting := places.New(places.Options{
		Reader: r.Client, Credentials: r.credentials, Pools: r.places, NoteAccount: r.tracker.noteAccount,
	})
	if err := mgr.Add(manager.RunnableFunc(waiting.Run)); err != nil {
		return fmt.Errorf("add the places of accounts to the manager: %w", err)
	}
	if err := mgr.Add(manager.RunnableFunc(r.departures.Run)); err != nil {
		return fmt.Errorf("add the search for departed recordings to the manager: %w", err)
	}
	controlled := ctrl.NewControllerManagedBy(mgr).
		Named("cloudrecording").
		Watches(&v1alpha1.CloudRecording{}, recordingHandler{clock: r.Clock})
	if r.hasProfiles {
		controlled.Watches(&v1alpha1.CloudRecordingProfile{}, r.profileHandler(), builder.WithPredicates(predicate.GenerationChangedPredicate{}))
	}
	err = controlled.
		WatchesMetadata(secrets.Metadata(), r.secretHandler()).
		WatchesRawSource(source.Channel(r.calls.Finished, answerHandler())).
		WatchesRawSource(source.Channel(r.verifications.Finished, answerHandler())).
		WatchesRawSource(source.Channel(r.Inbox.Arrived(), answerHandler())).
		WatchesRawSource(source.Channel(waiting.Freed(), answerHandler())).
		WatchesRawSource(source.Channel(r.departures.Found(), answerHandler())).
		WithOptions(workers.Options(r.Settings.MaxConcurrentReconciles)).
		Complete(r)
	if err != nil {
		return fmt.Errorf("set up the controller of recordings: %w", err)
	}
	return r.addProfilesAndSecrets(mgr)
}

// addProfilesAndSecrets adds the reconcilers of profiles, where the cluster knows them, and
// of Secrets.
func (r *CloudRecordingReconciler) addProfilesAndSecrets(mgr manager.Manager) error {
	if r.hasProfiles {
		profileStatuses := &profilestatus.Reconciler{
			Client:  mgr.GetClient(),
			Secrets: secrets.Stores{Credentials: r.credentials, Storage: r.storageCredentials, Start: r.startSecrets},
			Shard:   r.Shard,
			Clock:   r.Clock,
		}
		if err := profileStatuses.SetupWithManager(mgr); err != nil {
			return err
		}
	}
	secretProtection := &protection.Reconciler{Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Releases: &r.releases}
	return secretProtection.SetupWithManager(mgr)
}

// compose creates the parts of the reconciler.
func (r *CloudRecordingReconciler) compose() {
	r.caller = &caller{
		agora: r.Agora, storage: r.Storage, recorder: r.Recorder, leads: r.Leads, clock: r.Clock, metrics: r.Metrics,
		calls: r.calls, verifications: r.verifications, budgets: r.budgets, places: r.places, tracker: r.tracker,
	}
	r.observer = &observer{
		client: r.Client, storage: r.Storage, profiles: profiles.NewResolver(r.Client), inbox: r.Inbox, clock: r.Clock, leads: r.Leads, caller: r.caller, leadership: r.leadership,
		calls: r.calls, verifications: r.verifications, releases: &r.releases, places: r.places,
		credentials: r.credentials, storageCredentials: r.storageCredentials, startSecrets: r.startSecrets,
	}
	r.statuses = &statusWriter{client: r.Client, recorder: r.Recorder, metrics: r.Metrics, clock: r.Clock}
	r.departures = departures.New(departures.Options{
		Client: r.Client, APIReader: r.APIReader, Recorder: r.Recorder, Shard: r.Shard, Clock: r.Clock,
		PollInterval: r.Settings.PollInterval, Knows: r.tracker.knows,
	})
}

// Reconcile observes a recording, decides, records the decision and acts once.
func (r *CloudRecordingReconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	recording, ours, err := r.read(ctx, request.NamespacedName)
	if err != nil {
		return reconcile.Result{}, err
	}
	if recording == nil {
		return r.departures.Recheck(request.NamespacedName, reconcile.Result{}), nil
	}
	if err := r.discard(ctx, request.NamespacedName, recording.UID); err != nil {
		return reconcile.Result{}, err
	}
	known, ok := r.tracker.get(request.NamespacedName)
	if r.tracker.isReleased(request.NamespacedName, recording.UID) && controllerutil.ContainsFinalizer(recording, v1alpha1.StopFinalizer) {
		return r.awaitCache(request.NamespacedName, known), nil
	}
	if !ok || known.uid != recording.UID {
		// An earlier object of the same name is another recording.
		r.forget(request.NamespacedName)
		known = tracked{uid: recording.UID}
	}
	if objectversion.IsOlder(recording.ResourceVersion, known.written) {
		return r.awaitCache(request.NamespacedName, known), nil
	}
	known.stale = 0
	recording, result, err := r.complete(ctx, recording, &known)
	if recording == nil {
		return r.departures.Recheck(request.NamespacedName, result), err
	}
	observed, keys, err := r.observer.observe(ctx, recording, known)
	if err != nil {
		return reconcile.Result{}, err
	}
	r.observeShard(recording, ours, &observed)
	step := step{known: known, observed: observed, keys: keys}
	step.decided = decision.Decide(known.unwritten.Replay(recording, &step.observed, r.Settings.Settings), step.observed, r.Settings.Settings)
	r.caller.join(recording, &step.known, keys.agora, step.decided)
	if !ours {
		result, err = r.recordDeparted(ctx, recording, step)
	} else {
		result, err = r.recordAndAct(ctx, recording, step)
	}
	return r.departures.Recheck(request.NamespacedName, result), err
}

// recordAndAct records the decision, and carries it out.
func (r *CloudRecordingReconciler) recordAndAct(ctx context.Context, recording *v1alpha1.CloudRecording, s step) (reconcile.Result, error) {
	name, version := client.ObjectKeyFromObject(recording), recording.ResourceVersion
	if result, ok := r.takeStopTurn(recording, &s); !ok {
		return result, nil
	}
	if !r.recordsWithOutcome(ctx, recording, s) {
		begun := r.Clock.Now()
		if err := r.statuses.record(ctx, recording, s.decided); err != nil {
			r.caller.giveBackTurn(recording, s)
			return r.actUnwritten(ctx, recording, failedWrite{s, begun, err})
		}
	}
	written := recording.ResourceVersion != version
	s.known = r.remember(ctx, recording, s.known, s.decided, written)
	r.settle(recording.UID, s.observed)
	// A write must be remembered until the cache shows it.
	if !written && nothingLeft(s.decided, s.observed) {
		r.forget(name)
		return reconcile.Result{}, nil
	}
	result, err := r.act(ctx, recording, s)
	if err != nil {
		if orphans(recording, s.decided) && s.observed.HasNews() {
			// No status holds the news, and the next attempt must not announce less.
			s.known.unwritten = s.known.unwritten.WithSettled(s.observed)
			r.tracker.set(name, s.known)
		}
		return r.retry(ctx, name, s.known, err)
	}
	return result, nil
}

// recordDeparted records the news of a recording that another operator looks after now, and
// forgets it.
func (r *CloudRecordingReconciler) recordDeparted(ctx context.Context, recording *v1alpha1.CloudRecording, s step) (reconcile.Result, error) {
	begun := r.Clock.Now()
	if err := r.statuses.record(ctx, recording, s.decided); err != nil {
		return r.actUnwritten(ctx, recording, failedWrite{s, begun, err})
	}
	r.settle(recording.UID, s.observed)
	r.forget(client.ObjectKeyFromObject(recording))
	return reconcile.Result{}, nil
}
