// SPDX-License-Identifier: Apache-2.0

// Package admin serves the interface by which people and scripts ask a simulator for faults,
// and look at its recordings. It speaks JSON and has no authentication.
package admin
