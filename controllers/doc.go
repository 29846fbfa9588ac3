// SPDX-License-Identifier: Apache-2.0

// Package controllers reconciles CloudRecordings with Agora's service.
//
// Data flows one way. A reconcile reads the object, observes what else there is, decides,
// records what is new in the status, and acts once:
//
//	        API server  Secrets, profiles   answers, notifications, findings
//	             |             |                     |
//	read.go      v             |                     |
//	          object           |                     |
//	             |             v                     v
//	observe.go   +------> decision.Observation <-----+
//	                           |
//	internal/decision          v            Decide is pure: no clock, no network
//	                     decision.Decision
//	                           |
//	status.go                  +---> status, events (announce.go)
//	tracker.go                 +---> what is remembered until the next reconcile
//	act.go call.go verify.go   +---> a call to Agora, a look into the bucket, a finalizer
//
// A call runs beside the reconciles (internal/tasks), and its answer is observed by a later
// one: so everything known is written before a call begins, and no worker waits for Agora.
// A stop takes its turn before that write, and is written with its outcome where there is
// nothing else to say (stop_turn.go). Where a status cannot be written, act_unwritten.go goes
// on without.
//
// Imports run downwards only:
//
//	controllers -> protection, profilestatus -> indexes
//	controllers, schedules -> departures, places
//	            -> recipients, metrics, events, shard, profiles -> validation
//	            -> definitions, internal/secrets, internal/workers -> internal/tasks
//	            -> internal/outline, internal/pace
//	            -> internal/decision, internal/timetable -> internal/bounds, internal/clientrequest
//	            -> internal/lifecycle, internal/token, internal/resolution, internal/objectversion
//	            -> agora, notifications, storage, capacity -> budget
//
// The spec of every recording that is read is the one that holds: profiles.NewClient and
// profiles.NewReader put status.resolved into it, and so does the cache (internal/outline).
// While a profile does not hold yet, the observer adds what it would bring.
//
// The cache does not show recordings whose labels no longer match the operator's selector. The
// package departures finds and reads them, and read.go passes them on like any others. The
// package places enqueues recordings that wait for a place of their account.
//
// The reconciler of recordings adds two more, which use its indexes: protection keeps Secrets
// as long as recordings need them, and profilestatus writes the status of profiles. A start
// does not rely on a Secret that protection is about to release.
//
// The package schedules makes the recordings of CloudRecordingSchedules, by what internal/timetable
// decides. To the reconciler of recordings they are recordings as any others.
//
// The packages agora, notifications and storage hold values: what can be said to a
// service, and what it answers. What calls, listens and keeps is beside them, and main.go
// gives it to the reconciler, which knows it by interfaces:
//
//	agora/rest             calls Agora's API
//	notifications/receiver answers Agora's notifications, and has
//	notifications/journal  keep their events until a status shows them
//	notifications/unowned  keeps recordings that they name and no object has
//	storage/verify         looks into buckets
//
// What looks at recordings from outside goes by the same rules, by these packages, which
// nothing here imports:
//
//	progress      says how far a recording is and what it waits for
//	prerequisites says what recordings and profiles lack
//	redaction     takes out of texts and objects what is secret
//
// The packages definitions/check and policies look at the cluster beside all that, and the package
// removal before an operator is uninstalled.
//
// The packages internal/decision, bounds, clientrequest, lifecycle, pace, resolution, timetable
// and token cannot call anything: .golangci.yml keeps them from importing what could.
package controllers
