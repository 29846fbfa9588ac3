// SPDX-License-Identifier: Apache-2.0

package timetable

import "time"

// farthestOffset is more than the offset of any zone from UTC has ever been.
const farthestOffset = 17 * time.Hour

// period is a time during which the clocks of a zone do not change. It has no end if end is
// zero.
type period struct {
	start, end time.Time
	offset     time.Duration
}

// periodAt returns the period of a zone that contains an instant.
func periodAt(zone *time.Location, at time.Time) period {
	local := at.In(zone)
	start, end := local.ZoneBounds()
	_, seconds := local.Zone()
	return period{start: start, end: end, offset: time.Duration(seconds) * time.Second}
}

// wallOf returns what the clocks of a zone show at an instant, written as if in UTC.
func wallOf(zone *time.Location, at time.Time) time.Time {
	return at.UTC().Add(periodAt(zone, at).offset)
}

// instantOf returns when the clocks of a zone show a time, as RFC 5545, section 3.3.5,
// defines it: the first instant if they show it twice, and by the offset from before if
// they skip it.
func instantOf(zone *time.Location, wall time.Time) time.Time {
	current := periodAt(zone, wall.Add(-farthestOffset))
	for {
		instant := wall.Add(-current.offset)
		if current.end.IsZero() || instant.Before(current.end) {
			return instant
		}
		next := periodAt(zone, current.end)
		if wall.Add(-next.offset).Before(next.start) {
			return instant
		}
		current = next
	}
}

// farthestChange is how far from an instant a change of the clocks can swap times that
// follow each other on the wall clock.
const farthestChange = 26 * time.Hour

// changeAround returns by how much the clocks of a zone change around an instant.
func changeAround(zone *time.Location, at time.Time) time.Duration {
	current := periodAt(zone, at.Add(-farthestChange))
	least, most := current.offset, current.offset
	for !current.end.IsZero() && current.end.Before(at.Add(farthestChange)) {
		current = periodAt(zone, current.end)
		least, most = min(least, current.offset), max(most, current.offset)
	}
	return most - least
}
