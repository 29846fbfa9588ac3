// SPDX-License-Identifier: Apache-2.0

// Package metrics provides the operator's own Prometheus metrics.
package metrics
