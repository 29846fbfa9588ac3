// SPDX-License-Identifier: Apache-2.0

// Package simtime provides the time of a simulated service: a clock that may run faster,
// a schedule for it, and background work.
package simtime
