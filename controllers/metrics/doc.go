// SPDX-License-Identifier: Apache-2.0

// Package metrics measures what the operator does.
package metrics
