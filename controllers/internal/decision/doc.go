// SPDX-License-Identifier: Apache-2.0

// Package decision decides what to record of a recording and what to do next: Decide is a pure
// function of the object, of what was observed, and of the time. It calls nothing and keeps
// nothing.
//
// Decide applies the observation (answers.go, start_answers.go, update_answers.go,
// notifications.go, verification.go), detects what that changes, chooses the next action
// (decide.go, start.go, update.go, restart.go, protection.go), and says how things stand
// (ready.go and the messages). When to act next is in retry.go and deadlines.go.
package decision
