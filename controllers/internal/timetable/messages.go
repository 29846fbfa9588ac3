// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"fmt"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	messageScheduled = "The recording of each occurrence is created ten minutes before it begins. status.next says when the next one begins."

	messageSuspended = "spec.suspend keeps recordings from being created. Those that had not begun were deleted, and running ones go on."

	messageEnded = "There are no more occurrences, because of spec.until and spec.except. To go on, set spec.until to a later day."

	messageOverlap = "Occurrences are skipped, since spec.duration is longer than the time until the next one." +
		" Give a shorter spec.duration, or set spec.concurrencyPolicy to Replace, by which the next one ends the one before it."

	messageOutsideShard = "No recordings are created, because this operator would not look after them: spec.template.metadata.labels do not match its --watch-label-selector." +
		" Give the template labels that match."

	messageReplacing = "Recordings that have not begun are being deleted, because the schedule no longer wants them. The new ones are created after that."

	messageNoExpression = "spec.schedules names no time: give it a cron expression such as 0 9 * * MON-FRI."
)

func unknownZone(name string) string {
	return fmt.Sprintf("The time zone %q is not known: set spec.timeZone to a name in the IANA database, such as Europe/Berlin.", name)
}

func unreadableExpression(text string) string {
	return fmt.Sprintf("The cron expression %q in spec.schedules cannot be read: it must have the five fields of cron, and no range that ends before it begins. Write FRI-MON as FRI,SAT,SUN,MON.", text)
}

func neverFires(text string) string {
	return fmt.Sprintf("The cron expression %q in spec.schedules names only days that do not exist, so that nothing would ever be recorded: correct its day of the month or its month.", text)
}

func unreadableDate(text string) string {
	return fmt.Sprintf("%q is not a date: write days in spec.from, spec.until and spec.except such as 2030-12-25.", text)
}

// MessageNameTaken says that an occurrence's name belongs to another recording.
func MessageNameTaken(name string) string {
	return fmt.Sprintf("The CloudRecording %q does not belong to this schedule, but has the name of an occurrence: delete it, or the occurrence is missed.", name)
}

// MessageRefused says that the API server accepts no recording from the template.
func MessageRefused(cause string) string {
	return fmt.Sprintf("The API server refuses the CloudRecording of an occurrence, which is missed if this lasts: %s", cause)
}

// MessageNotCreated says that no recording could be created, for a reason that may pass.
func MessageNotCreated(cause string) string {
	return fmt.Sprintf("The CloudRecording of an occurrence cannot be created: %s. The operator tries again, and the occurrence is missed if this lasts.", cause)
}

// Text says in one sentence how many occurrences were missed, and why the latest one was.
func (m Missed) Text(latest v1alpha1.MissedOccurrence) string {
	at := latest.Time.UTC().Format(time.RFC3339)
	why := explanation(latest.Reason)
	if m.Count == 1 {
		return fmt.Sprintf("The occurrence of %s was missed: %s", at, why)
	}
	count := fmt.Sprint(m.Count)
	if m.IsMore {
		count = "More than " + count
	}
	return fmt.Sprintf("%s occurrences were missed, the latest of %s: %s", count, at, why)
}

// explanation says why an occurrence is missed, and what to do.
func explanation(reason v1alpha1.MissedReason) string {
	switch reason {
	case v1alpha1.MissedOverlap:
		return "an earlier one still ran. Give a shorter spec.duration, or set spec.concurrencyPolicy to Replace."
	case v1alpha1.MissedNameTaken:
		return "another CloudRecording had its name. Give that another name."
	case v1alpha1.MissedRefused:
		return "no CloudRecording could be created from spec.template. The event RecordingRefused says why."
	default:
		return "no operator looked after the schedule in time. Check whether the operator runs."
	}
}

// Text says why a recording is deleted.
func (c Cause) Text() string {
	switch c {
	case CauseSuspended:
		return "it has not begun, and the schedule is suspended."
	case CauseEdited:
		return "it has not begun, and the schedule was edited."
	default:
		return "it is over, and the history limits do not keep it."
	}
}
