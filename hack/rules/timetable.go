// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// cronFields returns the regular expressions of a single value in each field of a cron
// expression.
func cronFields() []string {
	return []string{
		"[0-5]?[0-9]",
		"([01]?[0-9]|2[0-3])",
		"(0?[1-9]|[12][0-9]|3[01])",
		"(0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)",
		"([0-6]|SUN|MON|TUE|WED|THU|FRI|SAT)",
	}
}

// cronForm returns the regular expression of a cron expression.
func cronForm() string {
	fields := cronFields()
	for i, value := range fields {
		entry := fmt.Sprintf("([*?]|%s(-%s)?)(/[1-9][0-9]?)?", value, value)
		fields[i] = fmt.Sprintf("%s(,%s)*", entry, entry)
	}
	return "(?i)^" + strings.Join(fields, " ") + "$"
}

// daysThatNeverCome returns the regular expression of a cron expression that names only days
// that its months do not have. It does not match expressions with a day of the week, because
// that would select other days.
func daysThatNeverCome() string {
	const shortMonth = "(0?[2469]|11|FEB|APR|JUN|SEP|NOV)"
	return "(?i) (3[01]([,-]3[01])* (0?2|FEB)|31 " + shortMonth + "(," + shortMonth + ")*) [*?]$"
}

// numbersBackwards returns the regular expression of a cron expression with a range of numbers
// that ends before it begins, such as 22-2. A CEL expression that parses ranges would exceed
// the API server's cost limit.
func numbersBackwards() string {
	const longest = 59
	var ranges []string
	for tens := range longest/10 + 1 {
		first := fmt.Sprint(tens)
		if tens == 0 {
			first = "0?"
		} else {
			// Any number with fewer tens.
			ranges = append(ranges, fmt.Sprintf("%d[0-9]-[0-%d]?[0-9]", tens, tens-1))
		}
		for units := 1; units < 10; units++ {
			ranges = append(ranges, fmt.Sprintf("%s%d-%s[0-%d]", first, units, first, units-1))
		}
	}
	return "(^|[ ,])(" + strings.Join(ranges, "|") + ")([/ ,]|$)"
}

// namesBackwards returns the regular expression of a cron expression with a range of names that
// ends before it begins, such as FRI-MON.
func namesBackwards() string {
	var ranges []string
	for _, names := range [][]string{
		{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"},
		{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"},
	} {
		for i, name := range names[1:] {
			ranges = append(ranges, name+"-("+strings.Join(names[:i+1], "|")+")")
		}
	}
	return "(?i)(" + strings.Join(ranges, "|") + ")"
}

// timetableRules returns the rules for the expressions and dates of a schedule.
func timetableRules() []placedRule {
	const expressions = "spec.schedules"
	return []placedRule{
		{expressions, apiextensionsv1.ValidationRule{
			Rule: fmt.Sprintf("self.all(expression, expression.contains('TZ=') || expression.matches('%s'))", cronForm()),
			Message: "spec.schedules must hold cron expressions of five fields with one space between them, such as 0 9 * * MON-FRI:" +
				" minute 0-59, hour 0-23, day of the month 1-31, month 1-12 or JAN-DEC, day of the week 0-6 or SUN-SAT, where 0 is Sunday",
		}},
		{expressions, apiextensionsv1.ValidationRule{
			Rule:    fmt.Sprintf("self.all(expression, !expression.matches('%s'))", daysThatNeverCome()),
			Message: "spec.schedules must not name only days that their months do not have, such as 30 February: nothing would ever be recorded",
		}},
		{expressions, apiextensionsv1.ValidationRule{
			Rule:    fmt.Sprintf("!self.exists(expression, expression.matches('%s'))", namesBackwards()),
			Message: "spec.schedules must not have a range that ends before it begins: write FRI-MON as FRI,SAT,SUN,MON",
		}},
		{expressions, apiextensionsv1.ValidationRule{
			Rule:    fmt.Sprintf("!self.exists(expression, expression.matches('%s'))", numbersBackwards()),
			Message: "spec.schedules must not have a range that ends before it begins: write 22-2 as 22,23,0-2",
		}},
		{"spec.from", apiextensionsv1.ValidationRule{Rule: isDate("self"), Message: "spec.from must be a date such as 2030-09-02"}},
		{"spec.until", apiextensionsv1.ValidationRule{Rule: isDate("self"), Message: "spec.until must be a date such as 2031-07-31"}},
		{"spec.except", apiextensionsv1.ValidationRule{
			Rule:    fmt.Sprintf("self.all(day, %s)", isDate("day")),
			Message: "spec.except must hold dates such as 2030-12-25",
		}},
	}
}

// isDate returns the expression for whether a variable is a date. It does not use the API
// server's time functions, because they fail without a message for an invalid date.
func isDate(variable string) string {
	const form = "^2[0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))$"
	year := fmt.Sprintf("int(%s.substring(0, 4))", variable)
	return fmt.Sprintf("%s.matches('%s') && (!%s.endsWith('-02-29') || (%s %% 4 == 0 && (%s %% 100 != 0 || %s %% 400 == 0)))",
		variable, form, variable, year, year, year)
}
