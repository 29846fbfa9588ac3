// SPDX-License-Identifier: Apache-2.0

// Package decision decides what to record of a recording and what to do next: Decide is a pure
// function of the object, of what was observed, and of the time. It calls nothing and keeps
// nothing.
//
// Decide works on a copy of the object, in whose status it notes what is known now. It goes
// through four steps:
//
//	apply      what was observed     answers.go start_answers.go update_answers.go
//	                                 not_found.go notifications.go verification.go
//	detect     what that changes     trigger.go deadlines.go end.go update.go sessions.go
//	plan       what to do, and when  next.go start.go poll.go update.go stop.go upload.go
//	                                 restart.go protection.go retry.go
//	summarize  how things stand      phase.go, and one function a condition: ready.go
//	                                 stopped.go uploaded.go verification.go expiring.go
//
// The parameters of a function say what it depends on: the recording, its current session,
// what was recorded of it before, what is remembered (Memory), what was observed
// (Observation), the settings, and the plan that is being made (Plan).
package decision
