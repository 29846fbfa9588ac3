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
// A call runs outside of the reconciles (internal/tasks), and a later reconcile observes its
// answer. So everything known is written before a call begins, and no worker waits for Agora.
// A stop takes its turn before that write, and is written together with its outcome if there is
// nothing else to say (stop_turn.go). If a status cannot be written, act_unwritten.go continues
// without it.
//
// Imports run downwards only:
//
//	controllers -> protection, profilestatus, places -> indexes
//	controllers, schedules -> departures
//	            -> recipients, metrics, events, shard, profiles -> validation
//	            -> definitions, internal/secrets, internal/workers -> internal/tasks
//	            -> internal/outline, internal/pace
//	            -> internal/decision, internal/timetable -> internal/bounds, internal/clientrequest
//	            -> internal/lifecycle, internal/token, internal/resolution, internal/objectversion
//	            -> agora, notifications, storage, capacity -> budget
//
// Every recording is read with its effective spec: profiles.NewClient and profiles.NewReader merge
// status.resolved into the spec, and so does the cache (internal/outline). Until a profile takes
// effect, the observer adds the fields that it would give.
//
// The cache does not show recordings whose labels no longer match the operator's selector. The
// package departures finds and reads them, and read.go passes them on like any others. The
// package places enqueues recordings that wait for a place of their account.
//
// The reconciler of recordings adds two more, which use its indexes: protection keeps Secrets
// as long as recordings need them, and profilestatus writes the status of profiles. A start
// does not rely on a Secret that protection is about to release.
//
// The package schedules creates the recordings of CloudRecordingSchedules, as internal/timetable
// decides. The reconciler of recordings treats them like any others.
//
// The packages agora, notifications and storage hold values: the requests to a service, and its
// answers. The packages next to them call, listen and store. main.go passes these to the
// reconciler, which knows them by interfaces:
//
//	agora/rest             calls Agora's API
//	notifications/receiver answers Agora's notifications, and has
//	notifications/journal  keep their events until a status shows them
//	notifications/unowned  keeps the recordings that they name and no object owns
//	storage/verify         looks into buckets
//
// Programs that look at recordings from outside follow the same rules through these packages,
// which nothing here imports:
//
//	progress      says how far a recording is and what it waits for
//	prerequisites says what recordings and profiles lack
//	redaction     removes secrets from texts and objects
//
// The packages definitions/check and policies check the cluster on their own, and the package removal
// runs before an operator is uninstalled.
//
// The packages internal/decision, bounds, clientrequest, lifecycle, pace, resolution, timetable
// and token cannot call anything: .golangci.yml keeps them from importing what could.
package controllers
