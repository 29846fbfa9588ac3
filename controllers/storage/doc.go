// SPDX-License-Identifier: Apache-2.0

// Package storage reads the bucket that a recording is uploaded to, and tells
// whether the recording is complete in it.
//
// It only lists and reads, only at addresses that the operator's settings
// allow, and within fixed bounds of time, memory and requests, whatever the
// service answers. What keeps it from telling is a Problem, whose message says
// what to do.
package storage
