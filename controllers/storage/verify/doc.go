// SPDX-License-Identifier: Apache-2.0

// Package verify reads the bucket that a recording is uploaded to, and tells
// whether the recording is complete in it.
//
// It only lists and reads, only at addresses that the operator's settings
// allow, and within fixed bounds of time, memory and requests, whatever the
// service answers. What keeps it from telling is a storage.Problem.
package verify
