// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"testing"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// FuzzCalendar checks that expressions and zones that anybody may write lead to times in
// order, on which all ways of asking agree.
func FuzzCalendar(f *testing.F) {
	f.Add("0 9 * * MON-FRI", "Europe/Berlin", int64(1774742400))
	f.Add("*/15 2 29 3 *", "Australia/Lord_Howe", int64(1790000000))
	f.Add("TZ=UTC 0 9 * * *", "UTC", int64(0))
	f.Add("TZ=0", "Local", int64(-1))
	f.Add("@every 1h", "../etc/passwd", int64(1))
	f.Add("0 0 30 2 ?", "Pacific/Apia", int64(1325203200))
	f.Fuzz(func(t *testing.T, expression, zone string, seconds int64) {
		spec := v1alpha1.CloudRecordingScheduleSpec{TimeZone: zone, Schedules: []string{expression}}
		calendar, problem := NewCalendar(&spec)
		if problem != "" {
			return
		}
		after := time.Unix(seconds%(1<<33), 0)
		starts, _ := calendar.Between(after, after.Add(7*day), 50)
		for i, start := range starts {
			before := after
			if i > 0 {
				before = starts[i-1]
			}
			if !start.After(before) || start.After(after.Add(7*day)) {
				t.Fatalf("%s is out of order after %s", start, before)
			}
			if next := calendar.Next(before); !next.Equal(start) {
				t.Fatalf("after %s the next is %s and not %s", before, next, start)
			}
			if !calendar.Includes(start) {
				t.Fatalf("%s is not included", start)
			}
		}
	})
}
