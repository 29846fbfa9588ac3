// SPDX-License-Identifier: Apache-2.0

// Command campaign makes everything around the operator fail that can fail, in an order that a
// seed determines, and then checks the operator's promises. It runs the operator's real
// processes with a real API server, a real S3 server, and the simulator of Agora. The operator
// adopts some recordings, and starts others.
//
// Data flows one way: a plan is made from the seed, carried out, recorded and judged.
//
//	plan    what is to happen, from the seed alone
//	faults  the environment of a campaign, and its disturbances
//	record  requests, answers, notifications, logs and versions of objects
//	check   the promises, judged from the records alone
//
// Imports run downwards only:
//
//	campaign -> check -> record -> plan
//	         -> faults -> record
package main
