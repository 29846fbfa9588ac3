// SPDX-License-Identifier: Apache-2.0

// Package agorasim simulates the REST service of Agora Cloud Recording.
//
// It answers acquire, start, query, update, updateLayout and stop as Agora documents
// them, for individual, mix and web recordings. It also simulates Agora's authentication,
// its limit of requests per second, its error codes, and the life cycle of a recorder:
// starting, recording, stopping, uploading, exited. It writes recorded files to a bucket,
// in time, late, in part or through Agora's backup, and sends notifications as Agora
// does. Faults, from a lost reply to a lost worker, can be injected in Go or through an
// admin interface.
//
// A Simulator is composed of types that each own their state:
//
//	admin -> Simulator
//	             gateway        routes, authentication, limits, the log of requests
//	             accounts       credentials and limits
//	             faults.Set     what goes wrong with calls
//	             service        the methods of the API; request reads their bodies
//	             recordings     recordings, resources, and the changes that tests ask for
//	             notifications  the settings, samples and faults of notifications
//	             events         what to report when, to bucket.Writer and notify.Sender
//
// Imports run downwards only:
//
//	admin -> agorasim -> request, bucket -> recorder
//	                  -> rtctoken
//	                  -> notify -> faults
//	                  -> bucket, notify -> simtime
//
// Recorders have no goroutine of their own. The state of a recorder and of its files in
// the bucket follows from the events so far and the simulated time. Background work only
// exists if there is a bucket or a receiver of notifications, and ends when the simulator
// is closed.
//
// Simulated time is based on an injected clock and may run faster. Only the limit of
// requests per second and the timeout of receivers use real time, because the other side
// acts in real time.
package agorasim
