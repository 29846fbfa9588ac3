// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/plan"
)

// How long a user retries an operation that the API server cannot perform, and the interval.
const (
	userTimeout = 2 * time.Minute
	UserRetry   = 200 * time.Millisecond
)

// users are users of the API server. They retry operations that it cannot perform at the
// moment.
type users struct{ kube client.Client }

// persist retries an operation that the API server cannot perform at the moment.
func (u users) persist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, userTimeout)
	defer cancel()
	var err error
	Until(ctx, userTimeout, UserRetry, func() bool {
		err = do(ctx)
		return err == nil || isRefused(err)
	})
	if isRefused(err) {
		// A namespace that is being deleted accepts no new objects, and an object that somebody
		// else has stopped is as it should be.
		return nil
	}
	return err
}

// isRefused reports whether the API server's answer is final.
func isRefused(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsNotFound(err)
}

// create creates an object. Each attempt uses a copy, because the API server's answer is
// written to it.
func (u users) create(ctx context.Context, made client.Object) error {
	return u.persist(ctx, func(ctx context.Context) error {
		object, _ := made.DeepCopyObject().(client.Object)
		return client.IgnoreAlreadyExists(u.kube.Create(ctx, object))
	})
}

// changeProfile edits or deletes the profile of a recording.
func (u users) changeProfile(ctx context.Context, a plan.Action) error {
	return u.persist(ctx, func(ctx context.Context) error {
		profile := a.Recording.ProfileReference()
		if a.How == plan.ProfileDeleted {
			return u.kube.Delete(ctx, profile)
		}
		return u.kube.Patch(ctx, profile, client.RawPatch(types.MergePatchType, []byte(plan.EditedProfile)))
	})
}

// putProfile creates or updates a profile.
func (u users) putProfile(ctx context.Context, wanted *v1alpha1.CloudRecordingProfile) error {
	err := u.persist(ctx, func(ctx context.Context) error {
		profile := &v1alpha1.CloudRecordingProfile{}
		profile.Namespace, profile.Name = wanted.Namespace, wanted.Name
		_, err := controllerutil.CreateOrUpdate(ctx, u.kube, profile, func() error {
			profile.Spec = *wanted.Spec.DeepCopy()
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("write profile %s/%s: %w", wanted.Namespace, wanted.Name, err)
	}
	return nil
}

// createWithStatus creates an object for a recording that was begun earlier. No operator sees
// the object before its status is written.
func (u users) createWithStatus(ctx context.Context, r plan.Recording, made *v1alpha1.CloudRecording, status v1alpha1.CloudRecordingStatus) error {
	made.Labels = map[string]string{plan.ShardLabel: string(plan.ShardNone)}
	if err := u.create(ctx, made); err != nil {
		return err
	}
	// A status always encodes.
	change, _ := json.Marshal(map[string]any{"status": status})
	err := u.persist(ctx, func(ctx context.Context) error {
		return u.kube.Status().Patch(ctx, r.Reference(), client.RawPatch(types.MergePatchType, change))
	})
	if err != nil {
		return fmt.Errorf("write the status of %s: %w", r.Object(), err)
	}
	return u.patch(ctx, r, plan.LabelsOf(plan.ShardMain))
}

// patch changes a recording's object. It ignores an object that is gone.
func (u users) patch(ctx context.Context, r plan.Recording, change string) error {
	return u.change(ctx, r.Reference(), change)
}

// change changes an object. It ignores an object that is gone.
func (u users) change(ctx context.Context, object client.Object, change string) error {
	return u.persist(ctx, func(ctx context.Context) error {
		return u.kube.Patch(ctx, object, client.RawPatch(types.MergePatchType, []byte(change)))
	})
}

// delete deletes a recording's object.
func (u users) delete(ctx context.Context, r plan.Recording) error {
	return u.persist(ctx, func(ctx context.Context) error { return u.kube.Delete(ctx, r.Reference()) })
}

// isHeld waits until an operator manages a recording's object, and reports whether one does. An
// object that no operator has seen belongs to nobody yet, and stays with the operators that
// watch it.
func (u users) isHeld(ctx context.Context, r plan.Recording) bool {
	return Until(ctx, userTimeout, UserRetry, func() bool {
		shown := r.Reference()
		err := u.kube.Get(ctx, client.ObjectKeyFromObject(shown), shown)
		return err == nil && controllerutil.ContainsFinalizer(shown, v1alpha1.StopFinalizer)
	})
}

// largestObject is the maximum size of an object in etcd. Of its limit of 1.5 MiB, the envelope
// needs some 700 bytes. An attempt to write a larger object would block the API server for a
// minute, so there is none.
const largestObject = 1536<<10 - 1000

// fill grows an object until hardly anything more fits. It uses ownerReferences, whose names
// have no maximum length. No garbage collector runs.
func (u users) fill(ctx context.Context, r plan.Recording) error {
	// With the first owner in place, the size of the addition is known exactly.
	if err := u.patch(ctx, r, ownedBy(1)); err != nil {
		return err
	}
	shown := r.Reference()
	err := u.persist(ctx, func(ctx context.Context) error { return u.kube.Get(ctx, client.ObjectKeyFromObject(shown), shown) })
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	return u.patch(ctx, r, ownedBy(1+largestObject-len(encoded)))
}

// ownedBy returns a patch that makes an object larger by the given number of bytes, and by the
// size of an owner reference.
func ownedBy(bytes int) string {
	owner := metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", UID: "campaign", Name: strings.Repeat("x", max(1, bytes))}
	// Such a value always encodes.
	encoded, _ := json.Marshal([]metav1.OwnerReference{owner})
	return fmt.Sprintf(`{"metadata":{"ownerReferences":%s}}`, encoded)
}

// putSecret creates or updates a Secret.
func (u users) putSecret(ctx context.Context, name plan.Object, content func() map[string]string) error {
	err := u.persist(ctx, func(ctx context.Context) error {
		secret := secretOf(name)
		_, err := controllerutil.CreateOrUpdate(ctx, u.kube, secret, func() error {
			if !secret.DeletionTimestamp.IsZero() && name.Namespace != plan.NamespaceGone {
				return errors.Join(u.dropSecret(ctx, secret), errors.New("it is still there"))
			}
			secret.Data = map[string][]byte{}
			for key, value := range content() {
				secret.Data[key] = []byte(value)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("write Secret %s: %w", name, err)
	}
	return nil
}

// removeSecret removes a Secret despite any finalizers.
func (u users) removeSecret(ctx context.Context, name plan.Object) error {
	err := u.persist(ctx, func(ctx context.Context) error { return u.dropSecret(ctx, secretOf(name)) })
	if err != nil {
		return fmt.Errorf("remove Secret %s: %w", name, err)
	}
	return nil
}

// dropSecret deletes a Secret and removes its finalizers.
func (u users) dropSecret(ctx context.Context, secret *corev1.Secret) error {
	if err := client.IgnoreNotFound(u.kube.Delete(ctx, secret)); err != nil {
		return err
	}
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))
	return client.IgnoreNotFound(u.kube.Patch(ctx, secret, patch))
}

func secretOf(name plan.Object) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name}}
}

// deleteNamespace deletes a namespace with everything in it. No controller manager runs, so it
// deletes the content itself. AwaitNamespace finalizes the namespace once nothing is left.
func (u users) deleteNamespace(ctx context.Context, name string) error {
	// Until an operator has seen a recording and protected its Secret, nobody can promise that
	// the recording is stopped.
	Until(ctx, protectionTimeout, UserRetry, func() bool { return u.isProtected(ctx, name) })
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	return u.persist(ctx, func(ctx context.Context) error {
		if err := client.IgnoreNotFound(u.kube.Delete(ctx, namespace)); err != nil {
			return err
		}
		for _, kind := range []client.Object{&corev1.Secret{}, &v1alpha1.CloudRecordingSchedule{}, &v1alpha1.CloudRecording{}, &corev1.ConfigMap{}} {
			if err := u.kube.DeleteAllOf(ctx, kind, client.InNamespace(name)); err != nil {
				return fmt.Errorf("delete what is in namespace %s: %w", name, err)
			}
		}
		return nil
	})
}

// protectionTimeout exceeds the time until another operator leads and has protected the Secrets
// of its recordings.
const protectionTimeout = 2 * time.Minute

// isProtected reports whether every Secret that an incomplete recording of a namespace needs is
// protected from deletion.
func (u users) isProtected(ctx context.Context, namespace string) bool {
	recordings, secrets := &v1alpha1.CloudRecordingList{}, &corev1.SecretList{}
	if err := errors.Join(u.kube.List(ctx, recordings, client.InNamespace(namespace)), u.kube.List(ctx, secrets, client.InNamespace(namespace))); err != nil {
		return false
	}
	unprotected := map[string]bool{}
	for i := range secrets.Items {
		unprotected[secrets.Items[i].Name] = !controllerutil.ContainsFinalizer(&secrets.Items[i], v1alpha1.InUseFinalizer)
	}
	return !slices.ContainsFunc(recordings.Items, func(recording v1alpha1.CloudRecording) bool {
		return recording.Status.Phase != v1alpha1.PhaseCompleted && unprotected[recording.Spec.CredentialsSecretRef.Name]
	})
}

// lookTimeout limits each check of a namespace.
const lookTimeout = 10 * time.Second

// AwaitNamespace waits until a namespace that is being deleted is empty, and finalizes it.
func (e *Environment) AwaitNamespace(ctx context.Context, name string, limit time.Duration) error {
	secrets, recordings := &corev1.SecretList{}, &v1alpha1.CloudRecordingList{}
	var err error
	if !Until(ctx, limit, UserRetry, func() bool {
		// The last check is not cut short, because it shows what is left.
		looking, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
		defer cancel()
		err = errors.Join(e.Client.List(looking, secrets, client.InNamespace(name)), e.Client.List(looking, recordings, client.InNamespace(name)))
		return err == nil && len(secrets.Items)+len(recordings.Items) == 0
	}) {
		return errors.Join(fmt.Errorf("namespace %s still holds %d Secrets and %d recordings", name, len(secrets.Items), len(recordings.Items)), err)
	}
	namespace := &corev1.Namespace{}
	if err := e.Client.Get(ctx, client.ObjectKey{Name: name}, namespace); err != nil {
		return client.IgnoreNotFound(err)
	}
	namespace.Spec.Finalizers = nil
	if err := e.Client.SubResource("finalize").Update(ctx, namespace); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("let namespace %s go: %w", name, err)
	}
	return nil
}
