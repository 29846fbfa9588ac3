// SPDX-License-Identifier: Apache-2.0

// Package bounds keeps what a status holds within what the API server can store. An object
// that is too large could not be written at all, and its recording could not be stopped. It
// also makes texts printable.
package bounds
