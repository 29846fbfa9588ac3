// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"errors"
	"slices"
)

// Cleanup is what ends the things that were started. The zero value is ready for use.
type Cleanup struct{ steps []func() error }

// Add adds a step, which runs before those that were added earlier.
func (c *Cleanup) Add(step func() error) { c.steps = append(c.steps, step) }

// Run runs all steps, also after one that fails. Calling it again does nothing.
func (c *Cleanup) Run() error {
	var failures []error
	for _, step := range slices.Backward(c.steps) {
		failures = append(failures, step())
	}
	c.steps = nil
	return errors.Join(failures...)
}
