// SPDX-License-Identifier: Apache-2.0

// Package departures looks after recordings whose labels no longer match this operator's
// selector, until another operator takes them over or there is nothing left to do. The cache
// does not show these objects, so they are read from the API server.
package departures
