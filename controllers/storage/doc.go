// SPDX-License-Identifier: Apache-2.0

// Package storage determines where a recording is uploaded, at which addresses its bucket
// may be read, and what may be found there.
//
// A Problem is the reason why a bucket cannot be read. Its message says what to do. The
// package sends nothing: package verify reads the buckets.
package storage
