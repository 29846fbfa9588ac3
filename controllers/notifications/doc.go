// SPDX-License-Identifier: Apache-2.0

// Package notifications receives the signed notifications that Agora sends of
// its recordings.
//
// A notification passes through three hands. The Receiver, on every replica,
// finds the recordings that it is about and checks its signature. The Journal
// writes its event to the API server, and only then is it answered: an event
// that Agora was told to be accepted outlives the process. The Inbox shows the
// journal to the reconciler, and removes from it what the reconciler has
// recorded in a status.
package notifications
