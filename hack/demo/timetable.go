// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"
	_ "time/tzdata" // the time zone of the sample, on any machine

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// timetable is the schedule of the samples, and zone its time zone.
	timetable = "math"
	zone      = "Europe/Berlin"

	// ofTimetable selects the recordings of the schedule.
	ofTimetable = v1alpha1.ScheduleLabel + "=" + timetable
)

// expressions matches the times at which lessons begin in the manifest of the schedule, and
// days the range of days.
var (
	expressions = regexp.MustCompile(`schedules: \[.*\]`)
	days        = regexp.MustCompile(`(?m)^  (# The first and the last day.*|from:.*|until:.*|except:.*)\n`)
)

// applyTimetable applies the sample of a schedule with a lesson that begins within about a
// minute, and shows it.
func applyTimetable(ctx context.Context, d *demo) error {
	sample, err := os.ReadFile(filepath.Join(samples, "schedule.yaml"))
	if err != nil {
		return fmt.Errorf("read the sample: %w", err)
	}
	berlin, err := time.LoadLocation(zone)
	if err != nil {
		return fmt.Errorf("load the time zone of the sample: %w", err)
	}
	begins := time.Now().Add(5 * time.Second).Truncate(time.Minute).Add(time.Minute)
	d.occurrence = timetable + "-" + begins.UTC().Format("200601021504")
	manifest := expressions.ReplaceAll(sample, fmt.Appendf(nil, `schedules: ["%d %d * * *"]`, begins.In(berlin).Minute(), begins.In(berlin).Hour()))
	return applyShown(ctx, d, "schedule.yaml", days.ReplaceAll(manifest, nil))
}

// occurrenceIs waits until the schedule's lesson is in a phase.
func occurrenceIs(wanted v1alpha1.RecordingPhase) step {
	return func(ctx context.Context, d *demo) error {
		return show("wait", "--for=jsonpath="+phase+"="+string(wanted), "crec/"+d.occurrence, "--timeout=120s")(ctx, d)
	}
}
