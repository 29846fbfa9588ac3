// SPDX-License-Identifier: Apache-2.0

// Package places counts the recordings that take a place of their account when a process
// begins to lead, and then enqueues recordings when there is a place for them.
package places
