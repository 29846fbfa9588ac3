// SPDX-License-Identifier: Apache-2.0

package request

import "slices"

// memberRule restricts the values of a member if it is present. Members without a rule
// may have any value: Agora adds new ones, and its samples contain members for other
// modes.
type memberRule struct {
	name    string
	accepts func(object Body) bool
}

// firstWrong returns the name of the first member that breaks its rule, or "" if none
// does.
func (b Body) firstWrong(rules ...memberRule) string {
	for _, rule := range rules {
		if b.has(rule.name) && !rule.accepts(b) {
			return rule.name
		}
	}
	return ""
}

// anyOf returns a rule for any value of a type.
func anyOf[T any](name string) memberRule {
	return memberRule{name, func(object Body) bool {
		var absent T
		_, ok := member(object, name, absent)
		return ok
	}}
}

// wholeNumber returns a rule for a whole number within bounds.
func wholeNumber(name string, lowest, highest int) memberRule {
	return memberRule{name, func(object Body) bool {
		_, ok := object.number(name, 0, lowest, highest)
		return ok
	}}
}

// oneOfTexts returns a rule for a string with one of the values.
func oneOfTexts(name string, values ...string) memberRule {
	return memberRule{name, func(object Body) bool {
		text, ok := member(object, name, "")
		return ok && slices.Contains(values, text)
	}}
}

// anObject returns a rule for an object whose members have rules.
func anObject(name string, rules ...memberRule) memberRule {
	return memberRule{name, func(parent Body) bool {
		object := parent.object(name)
		return object != nil && object.firstWrong(rules...) == ""
	}}
}
