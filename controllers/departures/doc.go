// SPDX-License-Identifier: Apache-2.0

// Package departures looks after recordings whose labels no longer match this operator's
// selector, until another operator takes them over or nothing is left to do for them. No cache
// shows such an object, so it is read at the API server.
package departures
