// SPDX-License-Identifier: Apache-2.0

// Package receiver answers the signed notifications that Agora sends.
//
// It finds the recordings that a notification is about, checks its signature, and lets
// the journal store its event before it answers with success.
package receiver
