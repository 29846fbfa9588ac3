// SPDX-License-Identifier: Apache-2.0

// Package timetable decides which CloudRecordings a schedule has. It calls nothing and keeps
// nothing.
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
// Each occurrence is made once. Three things tell that it was made: its object is there;
// status.made names it; or it begins before status.handledUntil. An object is created before
// the status is written, so that a process that is killed between the two finds the object
// and loses nothing. Only if somebody deletes the object in that moment, and it is gone before
// the next process looks, is it made again. What is to be deleted since it no longer fits
// leaves status.made before the object is deleted, so that it is made anew once it is gone.
//
// status.handledUntil goes back with the clock. Then status.made alone keeps what was
// deleted from being made again: it names the latest 32.
package timetable
