// SPDX-License-Identifier: Apache-2.0

// Package journal keeps accepted notifications in ConfigMaps until a status shows them.
//
// The Journal writes them, on every replica. The Inbox shows them to the reconciler,
// and removes from the API server what the reconciler has recorded.
package journal
