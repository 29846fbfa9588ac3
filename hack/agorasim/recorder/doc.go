// SPDX-License-Identifier: Apache-2.0

// Package recorder has a recording as Agora's recorders make it. A recorder has no goroutine:
// what it is follows from what happened to it and the simulated time. Nothing here is safe
// for concurrent use.
package recorder
