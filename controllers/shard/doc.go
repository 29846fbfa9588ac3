// SPDX-License-Identifier: Apache-2.0

// Package shard describes the part of all recordings that a manager and its replicas look
// after.
package shard
