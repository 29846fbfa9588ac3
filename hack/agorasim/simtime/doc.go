// SPDX-License-Identifier: Apache-2.0

// Package simtime has the time of a simulated service: a clock that may be sped up, what
// is scheduled by it, and the work that goes on beside requests.
package simtime
