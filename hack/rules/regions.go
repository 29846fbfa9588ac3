// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"cloudrecording.dev/operator/controllers/storage"
)

// hasStarted holds when the geography of a recording can no longer be chosen.
const hasStarted = "(has(self.status) && (has(self.status.startRequestedTime) || has(self.status.sessions)))"

// geographies are the regions in which Agora keeps a recording, with names for messages.
func geographies() []struct {
	geography storage.Geography
	name      string
} {
	return []struct {
		geography storage.Geography
		name      string
	}{
		{storage.MainlandChina, "mainland China"},
		{storage.Asia, "Asia outside of mainland China"},
		{storage.Europe, "Europe"},
		{storage.NorthAmerica, "North America"},
	}
}

// regionRules returns the rules of vendors and regions.
func regionRules() []placedRule {
	const place = "spec.storage"
	rules := []placedRule{{place, vendorRule()}}
	var without []int32
	for _, vendor := range storage.Vendors() {
		numbers := regionsIn(vendor.Number, func(storage.Region) bool { return true })
		if len(numbers) == 0 {
			without = append(without, vendor.Number)
			continue
		}
		rules = append(rules, placedRule{place, apiextensionsv1.ValidationRule{
			Rule:    fmt.Sprintf("self.vendor != %d || self.region in %s", vendor.Number, list(numbers)),
			Message: fmt.Sprintf("spec.storage.region must be one of Agora's numbers for a region of %s: %s", vendor.Name, ranges(numbers)),
		}})
	}
	rules = append(rules, placedRule{place, apiextensionsv1.ValidationRule{
		Rule: fmt.Sprintf("!(self.vendor in %s) || self.region == 0", list(without)),
		Message: fmt.Sprintf("spec.storage.region must be 0 for the vendors %s, which have no regions in Agora's numbering",
			listed(texts(without))),
	}})
	for _, each := range geographies() {
		rules = append(rules, placedRule{"", geographyRule(each.geography, each.name)})
	}
	return rules
}

func vendorRule() apiextensionsv1.ValidationRule {
	var numbers []int32
	var names []string
	for _, vendor := range storage.Vendors() {
		numbers = append(numbers, vendor.Number)
		names = append(names, fmt.Sprintf("%d %s", vendor.Number, vendor.Name))
	}
	return apiextensionsv1.ValidationRule{
		Rule:    "self.vendor in " + list(numbers),
		Message: "spec.storage.vendor must be one of Agora's numbers for a storage service: " + strings.Join(names, ", "),
	}
}

// geographyRule returns the rule that a recording that is kept in a geography has its bucket
// there.
func geographyRule(geography storage.Geography, name string) apiextensionsv1.ValidationRule {
	var there []string
	for _, vendor := range storage.Vendors() {
		numbers := regionsIn(vendor.Number, func(region storage.Region) bool { return region.Geography == geography })
		if len(numbers) > 0 {
			there = append(there, fmt.Sprintf("(self.spec.storage.vendor == %d && self.spec.storage.region in %s)", vendor.Number, list(numbers)))
		}
	}
	return apiextensionsv1.ValidationRule{
		Rule: fmt.Sprintf("%s || !has(self.spec.start) || !has(self.spec.start.region) || self.spec.start.region == '%s' || !has(self.spec.storage) || !(%s)",
			hasStarted, geography, strings.Join(there, " || ")),
		Message: fmt.Sprintf("the bucket in spec.storage lies in %s: set spec.start.region to %s or leave it out, or choose another bucket, since Agora loses files on the way to another region",
			name, geography),
	}
}

// regionsIn returns Agora's numbers of the matching regions of a vendor.
func regionsIn(vendor int32, wanted func(storage.Region) bool) (numbers []int32) {
	for number, region := range storage.Regions(vendor) {
		if region.Name != "" && wanted(region) {
			numbers = append(numbers, int32(number))
		}
	}
	return numbers
}

// list formats numbers as a list in a rule.
func list(numbers []int32) string { return "[" + strings.Join(texts(numbers), ", ") + "]" }

func texts(numbers []int32) []string {
	texts := make([]string, len(numbers))
	for i, number := range numbers {
		texts[i] = strconv.Itoa(int(number))
	}
	return texts
}

// ranges formats ascending numbers for people, such as "0 to 25, or 28".
func ranges(numbers []int32) string {
	var texts []string
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		text := strconv.Itoa(int(numbers[i]))
		if last > i {
			text += fmt.Sprintf(" to %d", numbers[last])
		}
		texts = append(texts, text)
		i = last + 1
	}
	return strings.Join(texts, ", or ")
}
