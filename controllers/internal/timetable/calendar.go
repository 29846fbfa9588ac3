// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const day = 24 * time.Hour

// Calendar knows when the occurrences of a schedule begin.
type Calendar struct {
	zone        *time.Location
	expressions []cron.Schedule

	// first and last are days of the wall clock; zero for none.
	first, last time.Time
	except      map[time.Time]bool
}

// NewCalendar reads when occurrences begin, or returns what is wrong, as a whole sentence.
func NewCalendar(spec *v1alpha1.CloudRecordingScheduleSpec) (calendar *Calendar, problem string) {
	calendar = &Calendar{except: map[time.Time]bool{}}
	var err error
	if calendar.zone, err = time.LoadLocation(spec.TimeZone); err != nil || spec.TimeZone == "" || spec.TimeZone == time.Local.String() {
		return nil, unknownZone(spec.TimeZone)
	}
	for _, text := range spec.Schedules {
		expression, problem := parse(text)
		if problem != "" {
			return nil, problem
		}
		calendar.expressions = append(calendar.expressions, expression)
	}
	if len(calendar.expressions) == 0 {
		return nil, messageNoExpression
	}
	for _, date := range append([]string{spec.From, spec.Until}, spec.Except...) {
		if _, err := parseDate(date); err != nil {
			return nil, unreadableDate(date)
		}
	}
	calendar.first, _ = parseDate(spec.From)
	calendar.last, _ = parseDate(spec.Until)
	for _, date := range spec.Except {
		excluded, _ := parseDate(date)
		calendar.except[excluded] = true
	}
	return calendar, ""
}

// fields is how many fields a cron expression has.
const fields = 5

// parse reads a cron expression of five fields. The parser would also accept a zone and
// words.
func parse(text string) (expression cron.Schedule, problem string) {
	if strings.Contains(text, "=") || strings.Contains(text, "@") || len(strings.Fields(text)) != fields {
		return nil, unreadableExpression(text)
	}
	expression, err := cron.ParseStandard(text)
	if err != nil {
		return nil, unreadableExpression(text)
	}
	// Any five years contain every day that exists, except 29 February, which 2024 has.
	if expression.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, neverFires(text)
	}
	return expression, ""
}

// parseDate reads a day of the wall clock, or returns zero for an empty text.
func parseDate(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, text) //nolint:wrapcheck // whoever calls says what is wrong
}

// Between returns when occurrences begin after one time and not after another, the earliest
// first. They are not complete if there are more than the limit.
func (c *Calendar) Between(after, until time.Time, limit int) (starts []time.Time, complete bool) {
	for _, expression := range c.expressions {
		starts = append(starts, c.ofExpression(expression, after, until, limit)...)
	}
	slices.SortFunc(starts, time.Time.Compare)
	starts = slices.CompactFunc(starts, time.Time.Equal)
	if len(starts) > limit {
		return starts[:limit], false
	}
	return starts, true
}

// ofExpression returns when the occurrences of one expression begin: all of them or, if
// there are more than the limit, at least that many of the earliest.
func (c *Calendar) ofExpression(expression cron.Schedule, after, until time.Time, limit int) (starts []time.Time) {
	wall := wallOf(c.zone, after).Add(-changeAround(c.zone, after))
	end := wallOf(c.zone, until).Add(changeAround(c.zone, until))
	if !c.first.IsZero() {
		wall = later(wall, c.first.Add(-time.Second))
	}
	if !c.last.IsZero() {
		end = earlier(end, c.last.Add(day-time.Second))
	}
	for {
		wall = expression.Next(wall)
		if wall.IsZero() || wall.After(end) {
			return starts
		}
		if today := wall.Truncate(day); c.except[today] {
			wall = today.Add(day - time.Second)
			continue
		}
		instant := instantOf(c.zone, wall)
		if !instant.After(after) || instant.After(until) {
			continue
		}
		starts = append(starts, instant)
		if len(starts) == limit+1 {
			// A time that is later on the wall clock may be an earlier instant.
			end = earlier(end, wall.Add(changeAround(c.zone, instant)))
		}
	}
}

// Includes reports whether an occurrence begins at a time.
func (c *Calendar) Includes(start time.Time) bool {
	starts, _ := c.Between(start.Add(-time.Second), start, 1)
	return len(starts) > 0
}

// Next returns when the next occurrence begins after a time, or zero if none does.
func (c *Calendar) Next(after time.Time) time.Time {
	from := after
	if !c.first.IsZero() {
		from = later(from, c.first.Add(-2*day))
	}
	for _, ahead := range []time.Duration{day, 8 * day, 64 * day, 512 * day, 9 * 366 * day} {
		if starts, _ := c.Between(after, from.Add(ahead), 1); len(starts) > 0 {
			return starts[0]
		}
	}
	return time.Time{}
}

// Last returns when the last occurrence begins after one time and not after another, or
// zero if none does.
func (c *Calendar) Last(after, until time.Time) time.Time {
	for back := time.Hour; ; back *= 8 {
		from := later(after, until.Add(-back))
		if starts, _ := c.Between(from, until, int(back/time.Minute)); len(starts) > 0 {
			return starts[len(starts)-1]
		}
		if !from.After(after) {
			return time.Time{}
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
