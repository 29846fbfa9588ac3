// SPDX-License-Identifier: Apache-2.0

// Package verify reads the bucket of a recording and determines whether the recording is
// complete.
//
// It only lists and reads, only at addresses that the operator's settings allow, and
// within fixed limits of time, memory and requests, whatever the service answers. If it
// cannot determine the result, a storage.Problem says why.
package verify
