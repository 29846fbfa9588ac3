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

// createLesson creates an object: for a recording that it begins at Agora, or
// one that the operator is to start.
type createLesson struct{ lesson lesson }

func (a createLesson) kind() string {
	if a.lesson.fate.isOfSize() {
		return "object created with large annotations"
	}
	if a.lesson.starts {
		return "object created, to be started"
	}
	return "object created, to be adopted"
}

func (a createLesson) do(ctx context.Context, s *stage) error {
	made := a.lesson.newObject(s.bucketSpec)
	if !a.lesson.starts {
		recording, err := s.agora.AddRecording(a.lesson.options)
		if err != nil {
			return fmt.Errorf("begin recording %s: %w", a.lesson.name(), err)
		}
		made.Spec.ResourceID, made.Spec.SID = recording.ResourceID, recording.SID
	}
	return s.persist(ctx, func(ctx context.Context) error {
		return client.IgnoreAlreadyExists(s.client.Create(ctx, made.DeepCopy()))
	})
}

// patch changes a lesson's object as a user does. One that is gone needs none.
func (s *stage) patch(ctx context.Context, l lesson, change string) error {
	return s.persist(ctx, func(ctx context.Context) error {
		patch := client.RawPatch(types.MergePatchType, []byte(change))
		return client.IgnoreNotFound(s.client.Patch(ctx, l.reference(), patch))
	})
}

// reference returns what names the lesson's object.
func (l lesson) reference() *v1alpha1.CloudRecording {
	reference := &v1alpha1.CloudRecording{}
	reference.Namespace, reference.Name = l.place.secret.namespace, l.name()
	return reference
}

// stopLesson sets a lesson to Stopped.
type stopLesson struct{ lesson lesson }

func (stopLesson) kind() string { return "object set to Stopped" }

func (a stopLesson) do(ctx context.Context, s *stage) error {
	return s.patch(ctx, a.lesson, `{"spec":{"state":"Stopped"}}`)
}

// deleteLesson deletes a lesson's object.
type deleteLesson struct{ lesson lesson }

func (deleteLesson) kind() string { return "object deleted" }

func (a deleteLesson) do(ctx context.Context, s *stage) error {
	return s.persist(ctx, func(ctx context.Context) error {
		return client.IgnoreNotFound(s.client.Delete(ctx, a.lesson.reference()))
	})
}

// orphanLesson lets go of a lesson's recording.
type orphanLesson struct{ lesson lesson }

func (orphanLesson) kind() string { return "object set to Orphan while deleted" }

func (a orphanLesson) do(ctx context.Context, s *stage) error {
	return s.patch(ctx, a.lesson, `{"spec":{"deletionPolicy":"Orphan"}}`)
}

// suspendLesson suspends a lesson, or resumes it.
type suspendLesson struct {
	lesson  lesson
	suspend bool
}

func (a suspendLesson) kind() string {
	if a.suspend {
		return "object suspended"
	}
	return "object resumed"
}

func (a suspendLesson) do(ctx context.Context, s *stage) error {
	return s.patch(ctx, a.lesson, fmt.Sprintf(`{"spec":{"suspend":%t}}`, a.suspend))
}

// edit is a change that is none of what is wanted of the recording.
type edit string

const (
	editAnnotation edit = "reconcile-at annotation set"
	editAsync      edit = "asyncStop toggled"
	editLabels     edit = "labels changed"
	editTimeout    edit = "upload timeouts changed"
)

func edits() []edit { return []edit{editAnnotation, editAsync, editLabels, editTimeout} }

// editLesson edits a lesson's object.
type editLesson struct {
	lesson lesson
	edit   edit
}

func (a editLesson) kind() string { return "object edited: " + string(a.edit) }

func (a editLesson) do(ctx context.Context, s *stage) error {
	switch a.edit {
	case editAnnotation:
		return s.patch(ctx, a.lesson, reconcileAt())
	case editAsync:
		return s.patch(ctx, a.lesson, fmt.Sprintf(`{"spec":{"asyncStop":%t}}`, !a.lesson.asyncStop))
	case editTimeout:
		return s.patch(ctx, a.lesson, fmt.Sprintf(`{"spec":{"upload":{"confirmTimeout":%q}}}`, confirmTimeout+time.Second))
	default:
		return s.patch(ctx, a.lesson, `{"metadata":{"labels":{"class":"edited"}}}`)
	}
}

// reconcileAt is the change that has the operator look at an object at once.
func reconcileAt() string {
	return fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.ReconcileAtAnnotation, time.Now().Format(time.RFC3339Nano))
}

// persist repeats what the API server cannot do at the moment.
func (s *stage) persist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, userPatience)
	defer cancel()
	for {
		err := do(ctx)
		switch {
		case err == nil:
			return nil
		case isRefused(err):
			// Namespaces that are being deleted take no new objects, and what
			// was stopped by somebody else is as it should be.
			return nil
		case ctx.Err() != nil:
			return err
		}
		sleep(ctx, userRetry)
	}
}

// isRefused says that the API server has decided, and will not change its mind.
func isRefused(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsNotFound(err)
}

// How long a user tries what the API server cannot do at the moment, and how soon again.
const (
	userPatience = 2 * time.Minute
	userRetry    = 200 * time.Millisecond
)
