// SPDX-License-Identifier: Apache-2.0

// Package controllers reconciles CloudRecordings with Agora's service.
//
// One reconcile observes (observe.go), decides (decide.go), records what is
// new in the status (record.go) and acts once (act.go). Deciding is a pure
// function of the object, of what was observed and of the time. A call to
// Agora runs beside the reconciles (calls.go), and its answer is observed by a
// later one: so everything known is written before a call begins, and no
// worker waits for Agora.
package controllers
