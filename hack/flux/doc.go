// SPDX-License-Identifier: Apache-2.0

// Package flux tries what becomes of recordings that stand in Git, with the libraries by which
// Flux applies, waits and prunes, at a real API server. It is a module of its own, so that
// nothing of Flux is among what the operator is built from.
package flux
