// SPDX-License-Identifier: Apache-2.0

// Package lifecycle says what is wanted of a recording, and how far it is, by what its object
// says. It is pure.
package lifecycle
