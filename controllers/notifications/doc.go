// SPDX-License-Identifier: Apache-2.0

// Package notifications models what Agora's notifications say about recordings, and which
// recordings they are about.
//
// Three packages handle a notification. Package receiver runs on every replica. It finds
// the recordings that the notification is about and checks its signature. Package journal
// writes the event to the API server, and only then is the notification answered. So an
// event that was accepted outlives the process. The inbox of package journal shows the
// events to the reconciler, and removes them after the reconciler has recorded them in a
// status.
package notifications
