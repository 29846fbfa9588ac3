// SPDX-License-Identifier: Apache-2.0

// Package events sends Kubernetes events about recordings, with a limit for each object
// and each namespace.
package events
