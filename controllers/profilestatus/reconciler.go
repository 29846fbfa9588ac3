// SPDX-License-Identifier: Apache-2.0

package profilestatus

import (
	"context"
	"fmt"
	"math"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/indexes"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/workers"
	"cloudrecording.dev/operator/controllers/profiles"
	"cloudrecording.dev/operator/controllers/shard"
)

// countDelay is how long after a recording appears or goes those of its profile are
// counted: many often do at once.
const countDelay = 2 * time.Second

// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordings,verbs=list;watch
// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordingprofiles,verbs=get;list;watch
// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordingprofiles/status,verbs=patch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch

// Reconciler writes the status of profiles.
type Reconciler struct {
	// Client reads from the cache and writes to the API server.
	Client client.Client

	// Secrets have read what the Secrets hold that the profiles name.
	Secrets secrets.Stores

	// Shard is which profiles are looked after; all by default.
	Shard shard.Shard

	// Clock tells the time. Defaults to the real clock.
	Clock clock.PassiveClock
}

// SetupWithManager adds the reconciler to a manager. The cluster must know profiles, and the
// cache must have the indexes of them and of recordings.
func (r *Reconciler) SetupWithManager(mgr manager.Manager) error {
	if r.Clock == nil {
		r.Clock = clock.RealClock{}
	}
	changed := predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.LabelChangedPredicate{})
	err := ctrl.NewControllerManagedBy(mgr).
		Named("cloudrecordingprofile").
		For(&v1alpha1.CloudRecordingProfile{}, builder.WithPredicates(changed)).
		Watches(&v1alpha1.CloudRecording{}, countHandler()).
		WatchesMetadata(secrets.Metadata(), handler.EnqueueRequestsFromMapFunc(r.naming)).
		WithOptions(workers.Options(1)).
		Complete(r)
	if err != nil {
		return fmt.Errorf("set up the controller of profiles: %w", err)
	}
	return nil
}

// queue is the controller's queue.
type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// countHandler enqueues the profile of a recording that appears or goes.
func countHandler() handler.EventHandler {
	enqueueLater := func(object client.Object, q queue) {
		if recording, ok := object.(*v1alpha1.CloudRecording); ok && recording.Spec.ProfileRef != nil {
			name := client.ObjectKey{Namespace: recording.Namespace, Name: recording.Spec.ProfileRef.Name}
			q.AddAfter(reconcile.Request{NamespacedName: name}, countDelay)
		}
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { enqueueLater(e.Object, q) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) { enqueueLater(e.Object, q) },
	}
}

// naming returns the profiles that name a Secret.
func (r *Reconciler) naming(ctx context.Context, secret client.Object) []reconcile.Request {
	list, err := indexes.ProfilesNaming(ctx, r.Client, client.ObjectKeyFromObject(secret))
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Failed to list the profiles that name a changed Secret")
	}
	requests := make([]reconcile.Request, len(list))
	for i := range list {
		requests[i].NamespacedName = client.ObjectKeyFromObject(&list[i])
	}
	return requests
}

// Reconcile writes the status of a profile if it has changed. Of operators that share the
// recordings of a namespace by labels, the one that the profile's own labels choose does.
func (r *Reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	profile := &v1alpha1.CloudRecordingProfile{}
	if err := r.Client.Get(ctx, request.NamespacedName, profile); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if !r.Shard.Matches(profile) {
		return reconcile.Result{}, nil
	}
	problem, err := r.Secrets.ProblemOf(ctx, profiles.Sample(profile))
	if err != nil {
		return reconcile.Result{}, err
	}
	named, err := indexes.RecordingsOf(ctx, r.Client, indexes.NamedProfile, request.NamespacedName, client.UnsafeDisableDeepCopy)
	if err != nil {
		return reconcile.Result{}, err
	}
	before := profile.DeepCopy()
	profile.Status.ObservedGeneration = profile.Generation
	profile.Status.Recordings = int32(min(len(named), math.MaxInt32))
	r.setConditions(profile, problem)
	if equality.Semantic.DeepEqual(before.Status, profile.Status) {
		return reconcile.Result{}, nil
	}
	if err := r.Client.Status().Patch(ctx, profile, client.MergeFrom(before)); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(fmt.Errorf("write the status of the profile: %w", err))
	}
	return reconcile.Result{}, nil
}

// setConditions says whether the Secrets of a profile are there.
func (r *Reconciler) setConditions(profile *v1alpha1.CloudRecordingProfile, problem string) {
	ready := metav1.Condition{
		Type: v1alpha1.ReadyCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.SecretsFoundReason,
		Message: "The Secrets that the profile names exist and have the right form.",
	}
	if problem != "" {
		ready.Status, ready.Reason, ready.Message = metav1.ConditionFalse, v1alpha1.SecretsNotFoundReason, problem
	}
	ready.ObservedGeneration, ready.LastTransitionTime = profile.Generation, metav1.Time{Time: r.Clock.Now()}
	meta.SetStatusCondition(&profile.Status.Conditions, ready)
	if problem == "" {
		meta.RemoveStatusCondition(&profile.Status.Conditions, v1alpha1.StalledCondition)
		return
	}
	stalled := ready
	stalled.Type, stalled.Status = v1alpha1.StalledCondition, metav1.ConditionTrue
	meta.SetStatusCondition(&profile.Status.Conditions, stalled)
}
