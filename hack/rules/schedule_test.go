// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/config/crd"
)

// TestATemplateIsARecordingWithoutItsWindow compares the spec of a template with that of a
// recording, field by field and rule by rule.
func TestATemplateIsARecordingWithoutItsWindow(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recording, err := schemaOf(crd.CloudRecordings)
	g.Expect(err).NotTo(HaveOccurred())
	schedule, err := schemaOf(crd.CloudRecordingSchedules)
	g.Expect(err).NotTo(HaveOccurred())
	whole, err := find(recording, "spec")
	g.Expect(err).NotTo(HaveOccurred())
	template, err := find(schedule, templatePath+".spec")
	g.Expect(err).NotTo(HaveOccurred())

	refused := ofOneOccurrence()
	g.Expect(sortedKeys(template.schema.Properties)).To(Equal(sortedKeys(whole.schema.Properties)))
	g.Expect(template.schema.Required).To(Equal(whole.schema.Required))
	for name, field := range whole.schema.Properties {
		if _, isRefused := refused[name]; isRefused {
			g.Expect(template.schema.Properties[name].XValidations).To(ConsistOf(HaveField("Rule", "false")), name)
			g.Expect(template.schema.Properties[name].Default).To(BeNil(), "%s would be refused wherever it is left out", name)
			continue
		}
		expected := *field.DeepCopy()
		walk(&expected, withoutTransitions)
		walk(&expected, func(of *schema) { inTemplate(of.XValidations) })
		g.Expect(template.schema.Properties[name]).To(Equal(expected), name)
	}
}

// TestATemplateHasTheRulesOfARecording checks that a template has every rule of a recording,
// except rules about fields that a template cannot have.
func TestATemplateHasTheRulesOfARecording(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recording, err := schemaOf(crd.CloudRecordings)
	g.Expect(err).NotTo(HaveOccurred())
	schedule, err := schemaOf(crd.CloudRecordingSchedules)
	g.Expect(err).NotTo(HaveOccurred())
	template, err := find(schedule, templatePath)
	g.Expect(err).NotTo(HaveOccurred())
	aboutOthers := regexp.MustCompile(`oldSelf|self[.](` + strings.Join(sortedKeys(ofOneOccurrence()), "|") + `)\b`)

	kept := 0
	for _, rule := range recording.Properties["spec"].XValidations {
		if !aboutOthers.MatchString(rule.Rule) {
			kept++
			g.Expect(template.schema.Properties["spec"].XValidations).To(ContainElement(HaveField("Rule", rule.Rule)))
		}
	}
	g.Expect(kept).To(BeNumerically(">", 15))
	places := 0
	for _, rule := range recording.XValidations {
		if withoutStatus := strings.TrimPrefix(rule.Rule, hasStarted+" || "); !strings.Contains(withoutStatus, "oldSelf") {
			places++
			g.Expect(template.schema.XValidations).To(ContainElement(HaveField("Rule", withoutStatus)))
		}
	}
	g.Expect(places).To(Equal(len(geographies())))
	for _, rule := range append(template.schema.XValidations, template.schema.Properties["spec"].XValidations...) {
		g.Expect(rule.Rule).NotTo(MatchRegexp(aboutOthers.String()))
		g.Expect(strings.ReplaceAll(rule.Message, templatePath+".spec.", "")).NotTo(ContainSubstring("spec."), "the messages name fields of a schedule")
	}
}

// TestFormOfExpressions tests expressions without an API server.
func TestFormOfExpressions(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	form, neverComes, backwards := regexp.MustCompile(cronForm()), regexp.MustCompile(daysThatNeverCome()), regexp.MustCompile(namesBackwards())
	for _, right := range []string{"* * * * *", "? ? ? ? ?", "0 9 * * MON-FRI", "*/5,10-20/2 0-23 1,15,31 jan-dec sun", "59 23 31 12 6", "00 09 01 02 0"} {
		g.Expect(form.MatchString(right)).To(BeTrue(), right)
		g.Expect(neverComes.MatchString(right)).To(BeFalse(), right)
		g.Expect(backwards.MatchString(right)).To(BeFalse(), right)
	}
	for _, wrong := range []string{"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 0 *", "* * * * 7", "*  * * * *", " * * * * *", "1, * * * *", "1-2-3 * * * *", "*-5 * * * *", "L * * * *"} {
		g.Expect(form.MatchString(wrong)).To(BeFalse(), wrong)
	}
	for _, wrong := range []string{"0 9 * * FRI-MON", "0 9 * * sat-sun", "0 9 * NOV-FEB *", "0 9 * DEC-JAN *"} {
		g.Expect(backwards.MatchString(wrong)).To(BeTrue(), wrong)
	}
	// All ranges of two numbers, in all notations.
	numbers := regexp.MustCompile(numbersBackwards())
	for first := range 60 {
		for last := range 60 {
			for _, form := range []string{"%d-%d * * * *", "* %02d-%02d * * *", "* * 1,%d-%d/2 * *", "* * * * %02d-%d"} {
				text := fmt.Sprintf(form, first, last)
				g.Expect(numbers.MatchString(text)).To(Equal(first > last), text)
			}
		}
	}
	for _, never := range []string{"0 9 30 2 *", "0 9 31 2 ?", "0 9 30-31 feb *", "0 9 31 4 *", "0 9 31 02,6,nov *"} {
		g.Expect(neverComes.MatchString(never)).To(BeTrue(), never)
	}
	for _, comes := range []string{"0 9 29 2 *", "0 9 30 2 MON", "0 9 30 4 *", "0 9 31 4,5 *", "0 9 29,30 2 *", "30 2 1 1 *"} {
		g.Expect(neverComes.MatchString(comes)).To(BeFalse(), comes)
	}
}
