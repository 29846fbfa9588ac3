// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// templatePath is the path of a schedule's template.
const templatePath = "spec.template"

// ofOneOccurrence returns the fields of a recording's spec that a template cannot have, and
// what to do instead.
func ofOneOccurrence() map[string]string {
	const adopts = "a schedule starts recordings and adopts none: give spec.template.spec.start or a profile"
	return map[string]string{
		"resourceId": adopts,
		"sid":        adopts,
		"window":     "each occurrence gets its own: give spec.schedules and spec.duration",
		"state":      "stop an occurrence in its CloudRecording, or all that are to come by spec.suspend",
		"suspend":    "set spec.suspend of the schedule",
	}
}

// completeSchedule adds the schema and rules of a recording to a schedule's template, and the
// rules for expressions and dates to the schedule.
func completeSchedule(schedule *schema, recording schema) error {
	spec := schedule.Properties["spec"]
	template, isThere := spec.Properties["template"]
	if !isThere {
		return fmt.Errorf("a schedule has no field %s", templatePath)
	}
	template.Properties["spec"] = templateSpec(recording.Properties["spec"])
	template.XValidations = templateRules(recording.XValidations)
	spec.Properties["template"] = template
	for _, placed := range timetableRules() {
		if err := addRule(schedule, placed); err != nil {
			return err
		}
	}
	return nil
}

// templateSpec returns the schema of a recording's spec for a template. A template may change
// at any time.
func templateSpec(recording schema) schema {
	spec := *recording.DeepCopy()
	refused := ofOneOccurrence()
	spec.XValidations = withoutFields(spec.XValidations, sortedKeys(refused))
	spec.XValidations = append(spec.XValidations, apiextensionsv1.ValidationRule{
		Rule:    "has(self.profileRef) || has(self.start)",
		Message: "set spec.start to start the recordings, or name in spec.profileRef a CloudRecordingProfile that has it",
	})
	walk(&spec, func(of *schema) {
		withoutTransitions(of)
		inTemplate(of.XValidations)
	})
	for name, instead := range refused {
		spec.Properties[name] = refusedInTemplate(name, spec.Properties[name].Type, instead)
	}
	return spec
}

// templateRules returns the rules of a recording that compare parts of its spec.
func templateRules(recording apiextensionsv1.ValidationRules) apiextensionsv1.ValidationRules {
	var rules apiextensionsv1.ValidationRules
	for _, rule := range recording {
		// A template has no status, because nothing has been started.
		rule.Rule = strings.TrimPrefix(rule.Rule, hasStarted+" || ")
		if !strings.Contains(rule.Rule, before) {
			rules = append(rules, rule)
		}
	}
	inTemplate(rules)
	return rules
}

// withoutFields removes the rules that concern fields which a template does not have.
func withoutFields(rules apiextensionsv1.ValidationRules, names []string) (left apiextensionsv1.ValidationRules) {
	for _, rule := range rules {
		concerns := false
		for _, name := range names {
			concerns = concerns || strings.Contains(rule.Rule, "self."+name)
		}
		if !concerns {
			left = append(left, rule)
		}
	}
	return left
}

// inTemplate changes messages of rules to name the fields of a template.
func inTemplate(rules apiextensionsv1.ValidationRules) {
	const ofRecording = "spec."
	for i := range rules {
		rules[i].Message = strings.ReplaceAll(rules[i].Message, ofRecording, templatePath+"."+ofRecording)
		rules[i].MessageExpression = strings.ReplaceAll(rules[i].MessageExpression, ofRecording, templatePath+"."+ofRecording)
	}
}

// refusedInTemplate is the schema of a field that a template cannot have.
func refusedInTemplate(name, of, instead string) schema {
	refused := refusedField(name, of)
	refused.Description = "is one occurrence's own: " + instead
	refused.XValidations[0].Message = fmt.Sprintf("%s.spec.%s cannot be set: %s", templatePath, name, instead)
	return refused
}
