// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"k8s.io/utils/ptr"
)

// boundNumber limits a number to what Go can decode. A single object that the operator cannot
// decode would prevent it from listing any. Older API servers do not check the format of a
// number.
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
