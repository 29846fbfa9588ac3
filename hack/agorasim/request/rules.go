// SPDX-License-Identifier: Apache-2.0

package request

import "slices"

// memberRule says which values a member of an object may have, if it is there.
// Members without a rule may have any: Agora grows new ones, and its samples hold
// members that are for another mode.
type memberRule struct {
	name    string
	accepts func(object Body) bool
}

// firstWrong returns the name of the first member that breaks its rule; "" if none does.
func (b Body) firstWrong(rules ...memberRule) string {
	for _, rule := range rules {
		if b.has(rule.name) && !rule.accepts(b) {
			return rule.name
		}
	}
	return ""
}

// anyOf is the rule of a value of a type.
func anyOf[T any](name string) memberRule {
	return memberRule{name, func(object Body) bool {
		var absent T
		_, ok := member(object, name, absent)
		return ok
	}}
}

// wholeNumber is the rule of a whole number within bounds.
func wholeNumber(name string, lowest, highest int) memberRule {
	return memberRule{name, func(object Body) bool {
		_, ok := object.number(name, 0, lowest, highest)
		return ok
	}}
}

// oneOfTexts is the rule of a string with certain values.
func oneOfTexts(name string, values ...string) memberRule {
	return memberRule{name, func(object Body) bool {
		text, ok := member(object, name, "")
		return ok && slices.Contains(values, text)
	}}
}

// anObject is the rule of an object whose members have rules.
func anObject(name string, rules ...memberRule) memberRule {
	return memberRule{name, func(parent Body) bool {
		object := parent.object(name)
		return object != nil && object.firstWrong(rules...) == ""
	}}
}
