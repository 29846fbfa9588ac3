// SPDX-License-Identifier: Apache-2.0

// Package prerequisites reports what recordings and profiles lack: fields, a profile, or
// valid Secrets. It applies the operator's own rules.
package prerequisites

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/resolution"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/profiles"
)

// Checker checks the objects that recordings refer to.
type Checker struct {
	stores   secrets.Stores
	profiles *profiles.Resolver
}

// NewChecker returns a checker that reads from an API server.
func NewChecker(reader client.Reader) *Checker {
	return &Checker{
		stores: secrets.Stores{
			Credentials: secrets.NewCredentialsStore(reader, reader, budget.LowestLimit),
			Storage:     secrets.NewStorageStore(reader, reader),
			Start:       secrets.NewStartStore(reader, reader),
		},
		profiles: profiles.NewResolver(reader),
	}
}

// OfRecording says in whole sentences what a recording lacks. It returns nothing if
// nothing is missing. A running recording needs its credentials and the key of its
// bucket. A finished one needs nothing.
func (c *Checker) OfRecording(ctx context.Context, recording *v1alpha1.CloudRecording) (string, error) {
	recording = recording.DeepCopy()
	resolution.Apply(recording)
	if !lifecycle.NeedsCredentials(recording) {
		return "", nil
	}
	observed, err := c.profiles.Resolve(ctx, recording)
	if err != nil {
		return "", fmt.Errorf("read the profile of a recording: %w", err)
	}
	if problem := observed.Message(recording); problem != "" {
		return problem, nil
	}
	if !lifecycle.AwaitsStart(recording) {
		recording.Spec.Start = nil
	}
	problem, err := c.stores.ProblemOf(ctx, recording)
	if err != nil {
		return "", fmt.Errorf("read the Secrets of a recording: %w", err)
	}
	return problem, nil
}

// OfProfile says in whole sentences what is wrong with the Secrets that a profile names.
// It returns nothing if they are valid.
func (c *Checker) OfProfile(ctx context.Context, profile *v1alpha1.CloudRecordingProfile) (string, error) {
	problem, err := c.stores.ProblemOf(ctx, profiles.Sample(profile))
	if err != nil {
		return "", fmt.Errorf("read the Secrets of a profile: %w", err)
	}
	return problem, nil
}
