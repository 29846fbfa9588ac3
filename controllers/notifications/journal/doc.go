// SPDX-License-Identifier: Apache-2.0

// Package journal keeps accepted notifications in ConfigMaps until a status shows them.
//
// A Journal on every replica writes the ConfigMaps. An Inbox shows their events to the
// reconciler, and deletes them from the API server after the reconciler has recorded
// them.
package journal
