// SPDX-License-Identifier: Apache-2.0

// Package decision decides what to record about a recording and what to do next: Decide is
// a pure function of the object, of the observations, and of the time. It calls nothing and
// stores nothing.
//
// Decide works on a copy of the object, and records in its status what is known now. It
// takes four steps:
//
//	apply      what was observed     answers.go start_answers.go update_answers.go
//	                                 not_found.go notifications.go verification.go
//	detect     what that changes     trigger.go deadlines.go end.go update.go sessions.go
//	plan       what to do, and when  next.go start.go poll.go update.go stop.go upload.go
//	                                 restart.go protection.go retry.go
//	summarize  how things stand      phase.go, and a function for each condition: ready.go
//	                                 stopped.go uploaded.go verification.go expiring.go
//
// The parameters of a function show what it depends on: the recording, its current session,
// what was recorded before, what is remembered (Memory), what was observed (Observation),
// the settings, and the plan in the making (Plan).
package decision
