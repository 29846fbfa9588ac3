// SPDX-License-Identifier: Apache-2.0

// Package removal checks whether an operator can be removed without leaving behind
// recordings or finalizers that only it can end.
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

// lookInterval is the time between two checks while waiting.
const lookInterval = time.Second

// Check looks for objects that would be left behind.
type Check struct {
	// Reader reads from the API server.
	Reader client.Reader

	// Shard is what the operator manages.
	Shard shard.Shard

	Clock clock.Clock

	// Commands are the commands that users are told to run.
	Commands Commands

	// Output receives messages about what the check waits for.
	Output io.Writer

	// WithDefinitions means that the CRDs, and with them all objects, are removed
	// together with the operator. Then no schedule may make recordings in the meantime.
	WithDefinitions bool

	// DeletionTimeout is how long to wait for recordings once all of them are being
	// deleted.
	DeletionTimeout time.Duration

	// SecretsTimeout is how long to wait for the operator to release Secrets.
	SecretsTimeout time.Duration
}

// Run returns an error if the operator must not be removed yet. The error says what to
// do.
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

// recordings returns the recordings that the operator manages: those that its labels
// select, and those that no longer match but still have its finalizer.
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

// awaitSecrets waits until the operator has released the Secrets that recordings needed.
// In namespaces with recordings of other operators, Secrets may still be needed.
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

// pause waits for one interval. It returns an error if the context ends first.
func (c Check) pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // the caller says what is waited for
	case <-c.Clock.After(lookInterval):
		return nil
	}
}

// heldSecrets returns the Secrets that have the operator's finalizer, in namespaces
// without recordings.
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

// list returns the metadata of all objects of a kind. It returns none if the kind is not
// defined.
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
