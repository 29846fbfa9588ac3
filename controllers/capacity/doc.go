// SPDX-License-Identifier: Apache-2.0

// Package capacity counts the recordings that run for an App ID of an account, and has the
// others wait for a place in the order of their windows.
package capacity
