// SPDX-License-Identifier: Apache-2.0

// Command campaign lets everything go wrong around the operator that can, in an
// order that a seed decides, and then checks what the operator promises: its
// real processes, at a real API server and a real S3 server, against the
// simulator of Agora. The operator adopts recordings, and starts others.
//
// A plan is made of the seed; the environment carries it out; records are kept of what
// was asked, answered, notified, logged and shown; and the checks are functions
// of those records alone.
package main
