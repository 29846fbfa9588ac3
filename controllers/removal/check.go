// SPDX-License-Identifier: Apache-2.0

// Package removal says whether an operator can be removed without stranding what only it
// can end: recordings, and finalizers.
package removal

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/shard"
)

var (
	recordingKind = v1alpha1.GroupVersion.WithKind("CloudRecordingList")
	scheduleKind  = v1alpha1.GroupVersion.WithKind("CloudRecordingScheduleList")
	secretKind    = corev1.SchemeGroupVersion.WithKind("SecretList")
)

// lookInterval is the time between two looks at what is waited for.
const lookInterval = time.Second

// Check looks for what would be stranded.
type Check struct {
	// Reader reads from the API server.
	Reader client.Reader

	// Shard is what the operator looks after.
	Shard shard.Shard

	Clock clock.Clock

	// Commands are what a person is told to run.
	Commands Commands

	// Output is told what is waited for.
	Output io.Writer

	// WithDefinitions says that the definitions go with the operator, and all objects with
	// them: no schedule may make recordings meanwhile.
	WithDefinitions bool

	// DeletionTimeout is how long recordings are waited for once all of them are being deleted.
	DeletionTimeout time.Duration

	// SecretsTimeout is how long the operator has to let go of Secrets.
	SecretsTimeout time.Duration
}

// Run returns an error that says what to do if the operator must not be removed yet.
func (c Check) Run(ctx context.Context) error {
	if c.WithDefinitions {
		schedules, err := c.list(ctx, scheduleKind, c.Shard.NamespaceScopes())
		if err != nil {
			return err
		}
		if len(schedules) > 0 {
			return &SchedulesRemainError{schedules: schedules, commands: c.Commands}
		}
	}
	recordings, err := c.awaitDeletion(ctx)
	if err != nil {
		return err
	}
	if len(recordings) > 0 {
		return &RecordingsRemainError{recordings: recordings, commands: c.Commands, waited: c.DeletionTimeout}
	}
	return c.awaitSecrets(ctx)
}

// recordings returns those that the operator looks after: what its labels select, and
// what has left the selector and is not let go of yet.
func (c Check) recordings(ctx context.Context) ([]metav1.PartialObjectMetadata, error) {
	found, err := c.list(ctx, recordingKind, c.Shard.Scopes())
	if err != nil || !c.Shard.SelectsByLabels() {
		return found, err
	}
	departed, err := c.list(ctx, recordingKind, c.Shard.NamespaceScopes(), client.MatchingFields{shard.Field: c.Shard.Name()})
	for i := range departed {
		if !c.Shard.Matches(&departed[i]) && controllerutil.ContainsFinalizer(&departed[i], v1alpha1.StopFinalizer) {
			found = append(found, departed[i])
		}
	}
	return found, err
}

// awaitSecrets waits until the operator has let go of the Secrets that recordings needed.
// Where others than its own are left, Secrets may still be needed.
func (c Check) awaitSecrets(ctx context.Context) error {
	deadline := c.Clock.Now().Add(c.SecretsTimeout)
	for waits := 0; ; waits++ {
		held, err := c.heldSecrets(ctx)
		if err != nil || len(held) == 0 {
			return err
		}
		if !c.Clock.Now().Before(deadline) {
			return &SecretsHeldError{secrets: held, commands: c.Commands}
		}
		if waits == 0 {
			_, _ = fmt.Fprint(c.Output, "No recording is left. This waits for the operator to let go of the Secrets that recordings needed:\n"+names(held))
		}
		if err := c.pause(ctx); err != nil {
			return fmt.Errorf("wait for the operator to let go of Secrets: %w", err)
		}
	}
}

// pause returns after a while, or with an error if the context ends before.
func (c Check) pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // the caller says what is waited for
	case <-c.Clock.After(lookInterval):
		return nil
	}
}

// heldSecrets returns the Secrets with the operator's finalizer in namespaces without
// recordings.
func (c Check) heldSecrets(ctx context.Context) ([]metav1.PartialObjectMetadata, error) {
	secrets, err := c.list(ctx, secretKind, c.Shard.NamespaceScopes())
	if err != nil {
		return nil, err
	}
	held := slices.DeleteFunc(secrets, func(secret metav1.PartialObjectMetadata) bool {
		return !controllerutil.ContainsFinalizer(&secret, v1alpha1.InUseFinalizer)
	})
	if len(held) == 0 {
		return nil, nil
	}
	others, err := c.list(ctx, recordingKind, c.Shard.NamespaceScopes())
	if err != nil {
		return nil, err
	}
	needed := map[string]bool{}
	for i := range others {
		needed[others[i].Namespace] = true
	}
	return slices.DeleteFunc(held, func(secret metav1.PartialObjectMetadata) bool { return needed[secret.Namespace] }), nil
}

// list returns the metadata of all objects of a kind. There are none where the kind is
// not defined.
func (c Check) list(ctx context.Context, kind schema.GroupVersionKind, scopes [][]client.ListOption, options ...client.ListOption) ([]metav1.PartialObjectMetadata, error) {
	var found []metav1.PartialObjectMetadata
	for _, scope := range scopes {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(kind)
		for {
			err := c.Reader.List(ctx, list, slices.Concat(scope, options, []client.ListOption{client.Limit(shard.ListPage), client.Continue(list.Continue)})...)
			if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("list what the operator would leave behind: %w", err)
			}
			found = append(found, list.Items...)
			if list.Continue == "" {
				break
			}
		}
	}
	return found, nil
}
