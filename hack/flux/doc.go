// SPDX-License-Identifier: Apache-2.0

// Package flux tests recordings whose manifests are in Git. It uses the libraries with which
// Flux applies, waits and prunes, and a real API server. It is a module of its own, so that the
// operator does not depend on Flux.
package flux
