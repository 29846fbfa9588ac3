// SPDX-License-Identifier: Apache-2.0

// Package events sends events about recordings, no more of them than an object and a namespace
// may have.
package events
