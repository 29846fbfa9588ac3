// SPDX-License-Identifier: Apache-2.0

// Package storage knows where a recording is uploaded to, at which addresses its
// bucket may be read, and what may be found there.
//
// What keeps a bucket from being read is a Problem, whose message says what to do.
// The package sends nothing: what looks into buckets is in the package verify.
package storage
