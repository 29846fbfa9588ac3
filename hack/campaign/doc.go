// SPDX-License-Identifier: Apache-2.0

// Command campaign lets everything go wrong around the operator that can, in an
// order that a seed decides, and then checks what the operator promises: its
// real processes, at a real API server and a real S3 server, against the
// simulator of Agora. The operator adopts recordings, and starts others.
//
// Data flows one way: a plan is made of the seed, carried out, recorded and judged.
//
//	plan    what is to happen, from the seed alone
//	faults  what a campaign takes place in, and what is done to it
//	record  what was asked, answered, notified, logged and shown
//	check   the promises, judged on the records alone
//
// Imports run downwards only:
//
//	campaign -> check -> record -> plan
//	         -> faults -> record
package main
