// SPDX-License-Identifier: Apache-2.0

// Package schedules makes the CloudRecordings of CloudRecordingSchedules. Package
// internal/timetable decides which recordings are made, deleted, or ended early.
//
// A reconcile creates the recordings that are due and decides again with the outcome.
// Then it writes the status if there is news, and finally deletes and ends recordings.
package schedules
