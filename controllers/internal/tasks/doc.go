// SPDX-License-Identifier: Apache-2.0

// Package tasks runs work that takes long outside of the reconciles, one task for each
// recording, and keeps its result until that is recorded.
package tasks
