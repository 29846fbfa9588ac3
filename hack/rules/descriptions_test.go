// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/config/crd"
)

func TestParagraphs(t *testing.T) {
	t.Parallel()
	for text, expected := range map[string]string{
		"":                                 "",
		"one line":                         "one line",
		"a line that\ngoes on":             "a line that goes on",
		"a paragraph\nof two\n\nand\nmore": "a paragraph of two\n\nand more",
		"a list:\n- of one\n- and another": "a list:\n- of one\n- and another",
	} {
		NewWithT(t).Expect(paragraphs(text)).To(Equal(expected))
	}
}

// TestDescriptionsLeaveLinesToWhoeverShowsThem checks that descriptions have no line breaks
// within paragraphs. kubectl explain would break long lines and keep short ones.
func TestDescriptionsLeaveLinesToWhoeverShowsThem(t *testing.T) {
	t.Parallel()
	for name, document := range map[string][]byte{
		recordings: crd.CloudRecordings, profiles: crd.CloudRecordingProfiles, schedules: crd.CloudRecordingSchedules,
	} {
		g := NewWithT(t)
		definition, err := schemaOf(document)
		g.Expect(err).NotTo(HaveOccurred())
		described := 0
		walk(&definition, func(of *schema) {
			if of.Description != "" {
				described++
			}
			g.Expect(of.Description).To(Equal(paragraphs(of.Description)), name)
		})
		g.Expect(described).To(BeNumerically(">", 0), name)
	}
}
