// SPDX-License-Identifier: Apache-2.0

// Package agorasim simulates the REST service of Agora Cloud Recording.
//
// It answers acquire, start, query and stop as Agora documents them, for
// individual, mix and web recordings, with Agora's authentication, its limit
// of requests a second, its error codes and the life of a recorder: starting,
// recording, stopping, uploading, exited. Faults can be asked for, from a
// lost reply to a lost worker, in Go or over an admin interface.
//
// Recorders have no goroutine of their own: what a recorder is follows from
// what happened to it and the simulated time. That time runs on an injected
// clock, possibly sped up; only the limit of requests a second is kept in real
// time, since that is the time in which clients send.
package agorasim
