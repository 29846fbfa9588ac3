// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"errors"
	"slices"
)

// Cleanup stops everything that was started. The zero value is ready to use.
type Cleanup struct{ steps []func() error }

// Add adds a step. Later steps run first.
func (c *Cleanup) Add(step func() error) { c.steps = append(c.steps, step) }

// Run runs all steps, even if some fail. Further calls do nothing.
func (c *Cleanup) Run() error {
	var failures []error
	for _, step := range slices.Backward(c.steps) {
		failures = append(failures, step())
	}
	c.steps = nil
	return errors.Join(failures...)
}
