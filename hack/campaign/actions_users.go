// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// createRecording creates an object: for a recording that it begins at Agora, or
// one that the operator is to start.
type createRecording struct{ recording recordingPlan }

func (a createRecording) kind() string {
	if a.recording.outcome.isOfSize() {
		return "object created with large annotations"
	}
	if a.recording.starts {
		return "object created, to be started"
	}
	return "object created, to be adopted"
}

func (a createRecording) do(ctx context.Context, e *environment) error {
	made := a.recording.newObject(e.bucketSpec)
	if !a.recording.starts {
		recording, err := e.agora.AddRecording(a.recording.options)
		if err != nil {
			return fmt.Errorf("begin recording %s: %w", a.recording.name(), err)
		}
		made.Spec.ResourceID, made.Spec.SID = recording.ResourceID, recording.SID
	}
	return e.persist(ctx, func(ctx context.Context) error {
		return client.IgnoreAlreadyExists(e.Client.Create(ctx, made.DeepCopy()))
	})
}

// patch changes a recording's object as a user does. One that is gone needs none.
func (e *environment) patch(ctx context.Context, r recordingPlan, change string) error {
	return e.persist(ctx, func(ctx context.Context) error {
		patch := client.RawPatch(types.MergePatchType, []byte(change))
		return client.IgnoreNotFound(e.Client.Patch(ctx, r.reference(), patch))
	})
}

// reference returns what names the recording's object.
func (r recordingPlan) reference() *v1alpha1.CloudRecording {
	reference := &v1alpha1.CloudRecording{}
	reference.Namespace, reference.Name = r.place.secret.namespace, r.name()
	return reference
}

// patchRecording changes a recording's object.
type patchRecording struct {
	name      string
	recording recordingPlan
	change    string
}

func (a patchRecording) kind() string { return a.name }

func (a patchRecording) do(ctx context.Context, e *environment) error {
	return e.patch(ctx, a.recording, a.change)
}

const kindStopped = "object set to Stopped"

func stopRecording(r recordingPlan) patchRecording {
	return patchRecording{kindStopped, r, `{"spec":{"state":"Stopped"}}`}
}

// orphanRecording lets go of a recording.
func orphanRecording(r recordingPlan) patchRecording {
	return patchRecording{"object set to Orphan while deleted", r, `{"spec":{"deletionPolicy":"Orphan"}}`}
}

func suspendRecording(r recordingPlan) patchRecording {
	return patchRecording{"object suspended", r, `{"spec":{"suspend":true}}`}
}

func resumeRecording(r recordingPlan) patchRecording {
	return patchRecording{"object resumed", r, `{"spec":{"suspend":false}}`}
}

// edits are changes that are none of what is wanted of the recording.
func edits(r recordingPlan) []patchRecording {
	return []patchRecording{
		{"object edited: reconcile-at annotation set", r, reconcileAt()},
		{"object edited: asyncStop toggled", r, fmt.Sprintf(`{"spec":{"asyncStop":%t}}`, !r.asyncStop)},
		{"object edited: labels changed", r, `{"metadata":{"labels":{"class":"edited"}}}`},
		{"object edited: upload timeouts changed", r, fmt.Sprintf(`{"spec":{"upload":{"confirmTimeout":%q}}}`, confirmTimeout+time.Second)},
	}
}

// deleteRecording deletes a recording's object.
type deleteRecording struct{ recording recordingPlan }

func (deleteRecording) kind() string { return "object deleted" }

func (a deleteRecording) do(ctx context.Context, e *environment) error {
	return e.persist(ctx, func(ctx context.Context) error {
		return client.IgnoreNotFound(e.Client.Delete(ctx, a.recording.reference()))
	})
}

// reconcileAt is the change that has the operator look at an object at once.
func reconcileAt() string {
	return fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.ReconcileAtAnnotation, time.Now().Format(time.RFC3339Nano))
}

// persist repeats what the API server cannot do at the moment.
func (e *environment) persist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, userTimeout)
	defer cancel()
	var err error
	until(ctx, userTimeout, userRetry, func() bool {
		err = do(ctx)
		return err == nil || isRefused(err)
	})
	if isRefused(err) {
		// Namespaces that are being deleted take no new objects, and what was stopped by
		// somebody else is as it should be.
		return nil
	}
	return err
}

// isRefused says that the API server has decided, and will not change its mind.
func isRefused(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsNotFound(err)
}

// How long a user tries what the API server cannot do at the moment, and how soon again.
const (
	userTimeout = 2 * time.Minute
	userRetry   = 200 * time.Millisecond
)
