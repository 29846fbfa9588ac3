// SPDX-License-Identifier: Apache-2.0

// Package bucket writes recorded files to a bucket as Agora does: in time, late, in part,
// or through Agora's backup.
package bucket
