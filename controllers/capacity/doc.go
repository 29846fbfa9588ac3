// SPDX-License-Identifier: Apache-2.0

// Package capacity counts the recordings that run for each App ID of an account, and makes
// others wait for a place in the order of their windows.
package capacity
