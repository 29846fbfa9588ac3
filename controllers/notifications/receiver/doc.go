// SPDX-License-Identifier: Apache-2.0

// Package receiver answers the signed notifications that Agora sends.
//
// It finds the recordings that a notification is about, checks its signature, and has
// the journal keep its event before it answers that all is well.
package receiver
