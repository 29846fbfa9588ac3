// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"testing"
	"time"
	_ "time/tzdata"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// calendarOf returns a calendar of expressions.
func calendarOf(t *testing.T, zone string, expressions ...string) *Calendar {
	t.Helper()
	calendar, problem := NewCalendar(&v1alpha1.CloudRecordingScheduleSpec{TimeZone: zone, Schedules: expressions})
	if problem != "" {
		t.Fatal(problem)
	}
	return calendar
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.UTC()
}

// rendered formats times in UTC.
func rendered(times []time.Time) []string {
	texts := []string{}
	for _, each := range times {
		texts = append(texts, each.UTC().Format(time.RFC3339))
	}
	return texts
}

func TestOccurrencesOfANight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone, expression string
		after, until     string
		expected         []string
	}{
		"Berlin, an ordinary night": {
			"Europe/Berlin", "30 2 * * *", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", []string{"2026-12-01T01:30:00Z"},
		},
		"Berlin, spring: what the clocks skip is an hour later": {
			"Europe/Berlin", "30 2 * * *", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z",
			[]string{"2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"},
		},
		"Berlin, spring: what falls together is once": {
			"Europe/Berlin", "30 2,3 29 3 *", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z", []string{"2026-03-29T01:30:00Z"},
		},
		"Berlin, spring: the first and the last minute that the clocks skip": {
			"Europe/Berlin", "0,59 1-3 29 3 *", "2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z",
			[]string{"2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:59:00Z"},
		},
		"Berlin, autumn: the first of two": {
			"Europe/Berlin", "30 2 * * *", "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z", []string{"2026-10-25T00:30:00Z"},
		},
		"Berlin, autumn: every quarter of an hour once": {
			"Europe/Berlin", "*/30 1-3 25 10 *", "2026-10-24T22:00:00Z", "2026-10-25T12:00:00Z",
			[]string{"2026-10-24T23:00:00Z", "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"},
		},
		"New York, spring": {
			"America/New_York", "15 2 * * *", "2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z", []string{"2026-03-08T07:15:00Z", "2026-03-09T06:15:00Z"},
		},
		"New York, autumn": {
			"America/New_York", "15 1 * * *", "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z", []string{"2026-11-01T05:15:00Z", "2026-11-02T06:15:00Z"},
		},
		"Lord Howe, spring: half an hour": {
			"Australia/Lord_Howe", "15 2 * * *", "2026-10-02T00:00:00Z", "2026-10-04T20:00:00Z",
			[]string{"2026-10-02T15:45:00Z", "2026-10-03T15:45:00Z", "2026-10-04T15:15:00Z"},
		},
		"Lord Howe, spring: times that swap": {
			"Australia/Lord_Howe", "15,30 2 4 10 *", "2026-10-03T00:00:00Z", "2026-10-04T00:00:00Z", []string{"2026-10-03T15:30:00Z", "2026-10-03T15:45:00Z"},
		},
		"Lord Howe, autumn": {
			"Australia/Lord_Howe", "45 1 * * *", "2026-04-03T20:00:00Z", "2026-04-05T20:00:00Z", []string{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"},
		},
		"Kathmandu has quarters": {
			"Asia/Kathmandu", "0 9 * * *", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", []string{"2026-01-01T03:15:00Z"},
		},
		"Samoa, the day that was skipped": {
			"Pacific/Apia", "0 12 * * *", "2011-12-29T00:00:00Z", "2012-01-01T00:00:00Z",
			[]string{"2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			starts, complete := calendarOf(t, c.zone, c.expression).Between(at(t, c.after), at(t, c.until), 100)
			g.Expect(rendered(starts)).To(Equal(c.expected))
			g.Expect(complete).To(BeTrue())
		})
	}
}

// TestTheEarliestComesFirst limits the number of times where a change of the clocks swaps
// them.
func TestTheEarliestComesFirst(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	calendar := calendarOf(t, "Australia/Lord_Howe", "15,30 2 * * *")
	starts, complete := calendar.Between(at(t, "2026-10-03T00:00:00Z"), at(t, "2026-11-03T00:00:00Z"), 1)
	g.Expect(rendered(starts)).To(Equal([]string{"2026-10-03T15:30:00Z"}))
	g.Expect(complete).To(BeFalse())
	g.Expect(calendar.Next(at(t, "2026-10-03T15:30:00Z"))).To(Equal(at(t, "2026-10-03T15:45:00Z")))
}

func TestDaysOfATimetable(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	spec := v1alpha1.CloudRecordingScheduleSpec{
		TimeZone: "Europe/Berlin", Schedules: []string{"30 0 * * *", "30 23 * * *"},
		From: "2026-12-23", Until: "2026-12-26", Except: []string{"2026-12-24", "2026-12-25"},
	}
	calendar, problem := NewCalendar(&spec)
	g.Expect(problem).To(BeEmpty())
	starts, complete := calendar.Between(at(t, "2026-01-01T00:00:00Z"), at(t, "2027-12-01T00:00:00Z"), 10)
	g.Expect(rendered(starts)).To(Equal([]string{
		"2026-12-22T23:30:00Z", "2026-12-23T22:30:00Z", "2026-12-25T23:30:00Z", "2026-12-26T22:30:00Z",
	}), "by the days of the zone")
	g.Expect(complete).To(BeTrue())
	g.Expect(calendar.Next(at(t, "2020-01-01T00:00:00Z"))).To(Equal(starts[0]), "however far ahead the first day is")
	g.Expect(calendar.Next(starts[3])).To(BeZero())
	g.Expect(calendar.Includes(starts[1])).To(BeTrue())
	g.Expect(calendar.Includes(at(t, "2026-12-24T22:30:00Z"))).To(BeFalse())
	g.Expect(calendar.Last(at(t, "2020-01-01T00:00:00Z"), at(t, "2030-01-01T00:00:00Z"))).To(Equal(starts[3]))
	g.Expect(calendar.Last(starts[3], at(t, "2030-01-01T00:00:00Z"))).To(BeZero())
}

func TestNextOfARareDay(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	calendar := calendarOf(t, "UTC", "0 9 29 2 *")
	g.Expect(calendar.Next(at(t, "2024-02-29T09:00:00Z"))).To(Equal(at(t, "2028-02-29T09:00:00Z")))
}

// TestDaysAndWeekdays states what cron does if both are given: either is enough.
func TestDaysAndWeekdays(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	starts, _ := calendarOf(t, "UTC", "0 9 13 * FRI").Between(at(t, "2026-02-01T00:00:00Z"), at(t, "2026-02-28T00:00:00Z"), 10)
	g.Expect(rendered(starts)).To(Equal([]string{"2026-02-06T09:00:00Z", "2026-02-13T09:00:00Z", "2026-02-20T09:00:00Z", "2026-02-27T09:00:00Z"}))
}

func TestWhatIsNoTimetable(t *testing.T) {
	t.Parallel()
	right := v1alpha1.CloudRecordingScheduleSpec{TimeZone: "Europe/Berlin", Schedules: []string{"0 9 * * *"}}
	for name, c := range map[string]struct {
		change   func(*v1alpha1.CloudRecordingScheduleSpec)
		expected string
	}{
		"an unknown zone":       {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.TimeZone = "Mars/Phobos" }, `The time zone "Mars/Phobos" is not known`},
		"no zone":               {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.TimeZone = "" }, "is not known"},
		"the machine's zone":    {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.TimeZone = "Local" }, "is not known"},
		"a range backwards":     {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.Schedules[0] = "0 9 * * FRI-MON" }, "no range that ends before it begins"},
		"a zone":                {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.Schedules[0] = "TZ=UTC 0 9 * * *" }, "cannot be read"},
		"a zone and no more":    {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.Schedules[0] = "TZ=0 1 2 3 4" }, "cannot be read"},
		"an interval":           {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.Schedules[0] = "@every 1 m h s" }, "cannot be read"},
		"30 February":           {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.Schedules[0] = "0 9 30 2 *" }, "names only days that do not exist"},
		"the 31st of 2 and 4":   {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.Schedules[0] = "0 9 31 2-2,4 *" }, "names only days that do not exist"},
		"no expression":         {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.Schedules = nil }, "names no time"},
		"a day that is not one": {func(s *v1alpha1.CloudRecordingScheduleSpec) { s.Until = "2026-02-30" }, `"2026-02-30" is not a date`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := *right.DeepCopy()
			c.change(&spec)
			calendar, problem := NewCalendar(&spec)
			NewWithT(t).Expect(calendar).To(BeNil())
			NewWithT(t).Expect(problem).To(And(ContainSubstring(c.expected), HaveSuffix(".")))
		})
	}
}
