// SPDX-License-Identifier: Apache-2.0

// Package recipients finds the recordings that a notification is about.
package recipients
