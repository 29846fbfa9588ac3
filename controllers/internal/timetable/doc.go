// SPDX-License-Identifier: Apache-2.0

// Package timetable decides which CloudRecordings a schedule has. It calls nothing and
// stores nothing.
//
//	calendar.go instant.go   when occurrences begin, by the clocks of a zone
//	decide.go                Decide, a pure function of the schedule, of its recordings and
//	                         of the time
//	departures.go            which recordings are deleted: those that no longer fit, and
//	                         those beyond the history limits
//	occurrences.go           which occurrences are made, wait, or are missed
//	replace.go               which recordings end early
//	summary.go ready.go      the status
//	recording.go             the CloudRecording of an occurrence
//
// A recording is created once for each occurrence. Three things show that it was: its
// object exists, status.made names the occurrence, or the occurrence begins before
// status.handledUntil. An object is created before the status is written, so that a process
// that is killed in between finds the object and loses nothing. The recording is created
// again only if somebody deletes the object in that moment, and it is gone before the next
// process looks. A recording that is deleted because it no longer fits is removed from
// status.made first, so that a new one is created once it is gone.
//
// status.handledUntil goes back with the clock. Then only status.made, which names the
// latest 32, keeps deleted recordings from being created again.
package timetable
