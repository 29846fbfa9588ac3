// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"k8s.io/utils/ptr"
)

// boundNumber keeps a number within what Go can read: a single object that it cannot read would keep
// the operator from listing any. Older API servers do not look at the format of a number.
func boundNumber(of *schema) {
	if of.Format != "int32" || len(of.Enum) > 0 {
		return
	}
	if of.Minimum == nil {
		of.Minimum = ptr.To[float64](math.MinInt32)
	}
	if of.Maximum == nil {
		of.Maximum = ptr.To[float64](math.MaxInt32)
	}
}
