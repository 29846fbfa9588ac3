// SPDX-License-Identifier: Apache-2.0

// Package lifecycle determines from an object what is wanted of its recording, and how far
// it is. It is pure.
package lifecycle
