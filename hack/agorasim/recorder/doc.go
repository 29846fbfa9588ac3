// SPDX-License-Identifier: Apache-2.0

// Package recorder models recordings as Agora's recorders make them. A recorder has no
// goroutine: its state follows from the events so far and the simulated time. Nothing in
// this package is safe for concurrent use.
package recorder
