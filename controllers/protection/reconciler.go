// SPDX-License-Identifier: Apache-2.0

package protection

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/indexes"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/usererror"
	"cloudrecording.dev/operator/controllers/internal/workers"
	"cloudrecording.dev/operator/controllers/profiles"
)

// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordings,verbs=list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch;patch

// Reconciler keeps a Secret as long as a recording needs it. It ignores Secrets without
// credentials, because anyone who may create a recording can name any Secret in it.
type Reconciler struct {
	// Client reads from the cache and writes to the API server.
	Client client.Client

	// APIReader reads from the API server.
	APIReader client.Reader

	// Releases are the Secrets that are being released. No recording is started with them.
	Releases *Releases

	// useful reads whether a Secret contains keys that a recording can use.
	useful *secrets.Store[bool]
}

// SetupWithManager adds the reconciler to a manager, whose cache must have the indexes of
// recordings.
func (r *Reconciler) SetupWithManager(mgr manager.Manager) error {
	r.APIReader = profiles.NewReader(r.APIReader)
	r.useful = secrets.NewUsefulStore(r.Client, r.APIReader)
	err := ctrl.NewControllerManagedBy(mgr).
		Named("secret").
		WatchesMetadata(secrets.Metadata(), &handler.EnqueueRequestForObject{}, builder.WithPredicates(mayNeedFinalizer())).
		Watches(&v1alpha1.CloudRecording{}, handler.EnqueueRequestsFromMapFunc(secretsOf), builder.WithPredicates(needChanged())).
		WithOptions(workers.Options(concurrentReconciles)).
		Complete(r)
	if err != nil {
		return fmt.Errorf("set up the controller of Secrets: %w", err)
	}
	return nil
}

// concurrentReconciles is how many Secrets are reconciled at once. A Secret that is needed must
// not wait for writes to many others, because its namespace may be deleted at any time.
const concurrentReconciles = 8

// outdatedRetry gives the cache time to catch up with somebody else's write.
const outdatedRetry = 100 * time.Millisecond

// uncachedRecheck is how often the API server is asked whether recordings outside of the cache
// still need a Secret that is being deleted. No watch tells when these recordings end.
const uncachedRecheck = 5 * time.Second

// neededRecheck returns when to check again a Secret that only recordings outside of the cache
// need. Zero means not before the Secret changes.
func neededRecheck(secret *metav1.PartialObjectMetadata) time.Duration {
	if secret.DeletionTimestamp.IsZero() {
		return 0
	}
	return uncachedRecheck
}

// Reconcile adds the finalizer to a Secret that is needed, and removes it from a Secret that no
// longer is.
func (r *Reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	secret := secrets.Metadata()
	if err := r.Client.Get(ctx, request.NamespacedName, secret); err != nil {
		r.useful.Forget(request.NamespacedName)
		if apierrors.IsNotFound(err) {
			r.Releases.drop(request.NamespacedName)
		}
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	needing, err := indexes.RecordingsOf(ctx, r.Client, indexes.HeldSecret, request.NamespacedName, client.Limit(1))
	if err != nil {
		return reconcile.Result{}, err
	}
	held := controllerutil.ContainsFinalizer(secret, v1alpha1.InUseFinalizer)
	if !held {
		r.Releases.drop(request.NamespacedName)
	}
	switch {
	case len(needing) > 0 && !held && secret.DeletionTimestamp.IsZero():
		useful, err := r.useful.Get(ctx, request.NamespacedName)
		if err != nil || !useful {
			_, err = usererror.ProblemOf(err)
			return reconcile.Result{}, err
		}
		result, _, err := r.write(ctx, secret, controllerutil.AddFinalizer)
		return result, err
	case len(needing) == 0 && held:
		return r.release(ctx, secret)
	default:
		return reconcile.Result{}, nil
	}
}

// release removes the finalizer from a Secret, unless a recording outside of the cache needs
// it: a new one, or one that another operator looks after.
func (r *Reconciler) release(ctx context.Context, secret *metav1.PartialObjectMetadata) (reconcile.Result, error) {
	name := client.ObjectKeyFromObject(secret)
	r.Releases.begin(name)
	needed, err := indexes.IsSecretNeeded(ctx, r.APIReader, name)
	if err != nil || needed {
		r.Releases.drop(name)
		return reconcile.Result{RequeueAfter: neededRecheck(secret)}, err
	}
	result, written, err := r.write(ctx, secret, controllerutil.RemoveFinalizer)
	switch {
	case err != nil:
		// The finalizer may have been removed all the same. The write is retried.
	case written != "":
		r.Releases.removed(name, written)
	default:
		r.Releases.drop(name)
	}
	return result, err
}

// write changes the operator's finalizer of a Secret. It returns the version that it wrote, or
// an empty one. It reads the Secret first: a patch states all finalizers, and the cache does not
// show those of others.
func (r *Reconciler) write(
	ctx context.Context, cached *metav1.PartialObjectMetadata, change func(client.Object, string) bool,
) (result reconcile.Result, version string, err error) {
	secret := secrets.Metadata()
	if err := r.APIReader.Get(ctx, client.ObjectKeyFromObject(cached), secret); err != nil {
		return reconcile.Result{}, "", client.IgnoreNotFound(fmt.Errorf("read the metadata of the Secret: %w", err))
	}
	before := secret.DeepCopy()
	if secret.ResourceVersion != cached.ResourceVersion || !change(secret, v1alpha1.InUseFinalizer) {
		// The decision is based on an old version.
		return reconcile.Result{RequeueAfter: outdatedRetry}, "", nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, secret, patch); err != nil {
		if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
			return reconcile.Result{RequeueAfter: outdatedRetry}, "", nil
		}
		return reconcile.Result{}, "", fmt.Errorf("change the finalizers of the Secret: %w", err)
	}
	log.FromContext(ctx).V(1).Info("Changed the finalizers of the Secret", "finalizers", len(secret.Finalizers))
	return reconcile.Result{}, secret.ResourceVersion, nil
}

// secretsOf returns the Secrets that a recording names.
func secretsOf(_ context.Context, object client.Object) []reconcile.Request {
	recording, ok := object.(*v1alpha1.CloudRecording)
	if !ok {
		return nil
	}
	named := []reconcile.Request{{NamespacedName: lifecycle.SecretName(recording)}}
	if name := lifecycle.StorageSecretName(recording); name.Name != "" {
		named = append(named, reconcile.Request{NamespacedName: name})
	}
	for _, name := range append(clientrequest.UpdateSecretNames(recording), clientrequest.StartSecretNames(recording)...) {
		named = append(named, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: recording.Namespace, Name: name}})
	}
	return named
}

// mayNeedFinalizer passes Secrets that have the finalizer, Secrets that are new or have
// changed, for which recordings may be waiting, and Secrets that are gone.
func mayNeedFinalizer() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool {
			return !e.IsInInitialList || controllerutil.ContainsFinalizer(e.Object, v1alpha1.InUseFinalizer)
		},
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetResourceVersion() != e.ObjectNew.GetResourceVersion()
		},
	}
}

// needChanged passes recordings that hold other Secrets than before.
func needChanged() predicate.Predicate {
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, ok := e.ObjectOld.(*v1alpha1.CloudRecording)
			if !ok {
				return false
			}
			after, ok := e.ObjectNew.(*v1alpha1.CloudRecording)
			return ok && !slices.Equal(clientrequest.HeldSecrets(before), clientrequest.HeldSecrets(after))
		},
	}
}
