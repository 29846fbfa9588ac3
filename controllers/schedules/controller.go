// SPDX-License-Identifier: Apache-2.0

package schedules

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	clientevents "k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/events"
	"cloudrecording.dev/operator/controllers/internal/outline"
	"cloudrecording.dev/operator/controllers/internal/timetable"
	"cloudrecording.dev/operator/controllers/internal/workers"
	"cloudrecording.dev/operator/controllers/metrics"
	"cloudrecording.dev/operator/controllers/shard"
)

// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordings,verbs=create
// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordingschedules,verbs=get;list;watch
// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordingschedules/status,verbs=patch

const (
	// conflictRetry gives the cache time to show what somebody else wrote.
	conflictRetry = 200 * time.Millisecond

	// longestWait is the maximum time until a schedule is reconciled again. A timer does
	// not notice when the clock is set.
	longestWait = time.Hour

	// concurrentReconciles is how many schedules are reconciled at the same time. Many
	// schedules have occurrences at the same time.
	concurrentReconciles = 8
)

// messageNoSchedules is logged if the cluster has no definition of schedules.
const messageNoSchedules = "The cluster has no CustomResourceDefinition of CloudRecordingSchedules: none is looked after." +
	" Apply the one that belongs to this version of the operator, and restart it."

// Reconciler reconciles CloudRecordingSchedules.
type Reconciler struct {
	// Client reads from the cache and writes to the API server.
	Client client.Client

	// APIReader reads from the API server.
	APIReader client.Reader

	// Recorder sends events.
	Recorder clientevents.EventRecorder

	// Shard selects the recordings that the operator manages. Defaults to all.
	Shard shard.Shard

	// Clock tells the time. Defaults to the real clock.
	Clock clock.PassiveClock

	// Metrics count missed occurrences.
	Metrics *metrics.Metrics
}

// SetupWithManager adds the reconciler to a manager if the cluster has the definition of
// schedules. Without it, an operator that is newer than the definitions still manages
// recordings.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr manager.Manager) error {
	kind := v1alpha1.GroupVersion.WithKind("CloudRecordingSchedule")
	_, err := mgr.GetRESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		mgr.GetLogger().Error(nil, messageNoSchedules)
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for the definition of schedules: %w", err)
	}
	if r.Clock == nil {
		r.Clock = clock.RealClock{}
	}
	r.Recorder = events.NewLimitedRecorder(r.Recorder, r.Clock)
	if err := shard.IndexRecordings(ctx, mgr.GetFieldIndexer(), scheduleIndex, scheduleOf); err != nil {
		return err //nolint:wrapcheck // it says what it is about
	}
	err = ctrl.NewControllerManagedBy(mgr).
		Named("cloudrecordingschedule").
		For(&v1alpha1.CloudRecordingSchedule{}, builder.WithPredicates(changed())).
		Watches(&v1alpha1.CloudRecording{}, handler.EnqueueRequestsFromMapFunc(toSchedule), builder.WithPredicates(progressed())).
		WithOptions(workers.Options(concurrentReconciles)).
		Complete(r)
	if err != nil {
		return fmt.Errorf("set up the controller of schedules: %w", err)
	}
	return nil
}

// Reconcile makes the recordings that are due, records news in the status, and ends and
// deletes recordings. If several operators share the recordings of a namespace by labels,
// the labels of the schedule select the operator.
func (r *Reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	schedule := &v1alpha1.CloudRecordingSchedule{}
	if err := r.Client.Get(ctx, request.NamespacedName, schedule); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if !r.isToServe(schedule) {
		return reconcile.Result{}, nil
	}
	observed, err := r.observe(ctx, schedule)
	if err != nil {
		return reconcile.Result{}, err
	}
	decided := timetable.Decide(schedule, observed)
	var failed []error
	if len(decided.Create) > 0 {
		// The cache may not show the recording that was made last, nor that it was
		// deleted since.
		if err := r.APIReader.Get(ctx, request.NamespacedName, schedule); err != nil || !r.isToServe(schedule) {
			return reconcile.Result{}, client.IgnoreNotFound(err)
		}
		observed.EditedAt = r.editedAt(schedule)
		decided, failed = r.create(ctx, schedule, observed)
	}
	failed = append(failed, r.carryOut(ctx, schedule, decided)...)
	if retry, err := retried(ctx, failed); err != nil || retry.RequeueAfter > 0 {
		return retry, err
	}
	return r.requeue(decided.RequeueAt), nil
}

// isToServe reports whether the operator has to act on the schedule. If the schedule is
// being deleted, its recordings are left to the garbage collector.
func (r *Reconciler) isToServe(schedule *v1alpha1.CloudRecordingSchedule) bool {
	return schedule.DeletionTimestamp.IsZero() && r.Shard.Matches(schedule)
}

func (r *Reconciler) observe(ctx context.Context, schedule *v1alpha1.CloudRecordingSchedule) (timetable.Observation, error) {
	list := &v1alpha1.CloudRecordingList{}
	err := r.Client.List(ctx, list, client.InNamespace(schedule.Namespace), client.MatchingFields{scheduleIndex: schedule.Name}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return timetable.Observation{}, fmt.Errorf("list the recordings of the schedule: %w", err)
	}
	return timetable.Observation{
		Now: r.Clock.Now(), EditedAt: r.editedAt(schedule), Recordings: list.Items, Refused: map[string]timetable.Refusal{},
		OutsideShard: !r.Shard.Matches(timetable.NewRecording(schedule, timetable.Occurrence{})),
	}, nil
}

// editedAt returns when the spec was last edited, as far as the API server knows.
func (r *Reconciler) editedAt(schedule *v1alpha1.CloudRecordingSchedule) time.Time {
	if edited := outline.SpecEditedAt(schedule); !edited.IsZero() {
		return edited
	}
	return r.Clock.Now().Truncate(time.Second)
}

func (r *Reconciler) requeue(at time.Time) reconcile.Result {
	if at.IsZero() {
		return reconcile.Result{}
	}
	return reconcile.Result{RequeueAfter: min(max(at.Sub(r.Clock.Now()), time.Millisecond), longestWait)}
}
