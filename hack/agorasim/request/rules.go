// SPDX-License-Identifier: Apache-2.0

package request

import (
	"encoding/json"
	"slices"
)

// memberRule says which values a member of an object may have, if it is there.
// Members without a rule may have any: Agora grows new ones, and its samples hold
// members that are for another mode.
type memberRule struct {
	name    string
	accepts func(raw json.RawMessage) bool
}

// firstWrong returns the name of the first member that breaks its rule; "" if none does.
func (b Body) firstWrong(rules ...memberRule) string {
	for _, rule := range rules {
		if raw, given := b[rule.name]; given && !rule.accepts(raw) {
			return rule.name
		}
	}
	return ""
}

// wholeNumber is the rule of a whole number within bounds.
func wholeNumber(name string, lowest, highest int) memberRule {
	return memberRule{name, func(raw json.RawMessage) bool {
		_, ok := Body{name: raw}.number(name, 0, lowest, highest)
		return ok
	}}
}

// oneOfTexts is the rule of a string with certain values.
func oneOfTexts(name string, values ...string) memberRule {
	return textThat(name, func(text string) bool { return slices.Contains(values, text) })
}

// anyText is the rule of a string.
func anyText(name string) memberRule {
	return textThat(name, func(string) bool { return true })
}

func textThat(name string, valid func(string) bool) memberRule {
	return memberRule{name, func(raw json.RawMessage) bool {
		_, ok := Body{name: raw}.optionalText(name, "", valid)
		return ok
	}}
}

// listOfTexts is the rule of an array of strings.
func listOfTexts(name string) memberRule {
	return memberRule{name, func(raw json.RawMessage) bool {
		_, ok := Body{name: raw}.texts(name)
		return ok
	}}
}

// trueOrFalse is the rule of a boolean.
func trueOrFalse(name string) memberRule {
	return memberRule{name, func(raw json.RawMessage) bool {
		_, ok := Body{name: raw}.boolean(name)
		return ok
	}}
}

// anObject is the rule of an object whose members have rules.
func anObject(name string, rules ...memberRule) memberRule {
	return memberRule{name, func(raw json.RawMessage) bool {
		object := Body{name: raw}.object(name)
		return object != nil && object.firstWrong(rules...) == ""
	}}
}
