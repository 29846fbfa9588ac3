// SPDX-License-Identifier: Apache-2.0

// Package agorasim simulates the REST service of Agora Cloud Recording.
//
// It answers acquire, start, query, update, updateLayout and stop as Agora
// documents them, for individual, mix and web recordings, with Agora's
// authentication, its limit of requests a second, its error codes and the life
// of a recorder: starting, recording, stopping, uploading, exited. It writes
// what is recorded to a bucket, in time, late, in part or by way of Agora's
// backup, and notifies of what happens as Agora does. Faults can be asked for,
// from a lost reply to a lost worker, in Go or over an admin interface.
//
// A Simulator is composed of types that each own their state:
//
//	admin -> Simulator
//	             gateway        routes, authentication, limits, the log of requests
//	             accounts       credentials and limits
//	             faults.Set     what goes wrong with calls
//	             service        the methods of the API; request reads their bodies
//	             recordings     recordings and resources, and what is asked of them
//	             notifications  the settings, samples and faults of notifications
//	             events         what is reported when: to bucket.Writer and notify.Sender
//
// Imports run downwards only:
//
//	admin -> agorasim -> request, bucket -> recorder
//	                  -> rtctoken
//	                  -> notify -> faults
//	                  -> bucket, notify -> simtime
//
// Recorders have no goroutine of their own: what a recorder is, and what of it
// is in the bucket, follows from what happened to it and the simulated time.
// Only where there is a bucket or a receiver of notifications does something
// work beside the requests, until the simulator is closed.
//
// Simulated time runs on an injected clock, possibly sped up. Only the limit of
// requests a second and the timeout of receivers are kept in real time, in which
// others act.
package agorasim
