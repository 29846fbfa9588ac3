// SPDX-License-Identifier: Apache-2.0

// Package bucket writes what is recorded to a bucket, as Agora does: in time, late, in part
// or by way of Agora's backup.
package bucket
