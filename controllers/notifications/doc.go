// SPDX-License-Identifier: Apache-2.0

// Package notifications knows what Agora notifies of its recordings, and whom it is
// about.
//
// A notification passes through three hands. The package receiver, on every replica,
// finds the recordings that it is about and checks its signature. The package journal
// writes its event to the API server, and only then is it answered: an event
// that Agora was told to be accepted outlives the process. Its inbox shows the
// events to the reconciler, and removes those that the reconciler has recorded in a
// status.
package notifications
