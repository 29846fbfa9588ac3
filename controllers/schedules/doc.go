// SPDX-License-Identifier: Apache-2.0

// Package schedules makes the CloudRecordings of CloudRecordingSchedules. What it makes,
// deletes and ends early is decided by internal/timetable.
//
// A reconcile creates what is due, decides again with what came of it, writes the status if
// that has news, and then deletes and ends what is to go.
package schedules
