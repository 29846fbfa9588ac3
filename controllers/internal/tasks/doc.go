// SPDX-License-Identifier: Apache-2.0

// Package tasks runs long-running work outside of the reconciles, one task for each
// recording, and keeps its result until that is recorded.
package tasks
