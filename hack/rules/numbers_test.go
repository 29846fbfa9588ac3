// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/config/crd"
)

func TestNumbersAreWithinWhatGoCanRead(t *testing.T) {
	t.Parallel()
	for name, document := range map[string][]byte{
		recordings: crd.CloudRecordings, profiles: crd.CloudRecordingProfiles, schedules: crd.CloudRecordingSchedules,
	} {
		g := NewWithT(t)
		definition, err := schemaOf(document)
		g.Expect(err).NotTo(HaveOccurred())
		numbers := 0
		walk(&definition, func(of *schema) {
			if of.Format != "int32" || len(of.Enum) > 0 {
				return
			}
			numbers++
			g.Expect(of.Minimum).NotTo(BeNil(), "%s: %s", name, of.Description)
			g.Expect(of.Maximum).NotTo(BeNil(), "%s: %s", name, of.Description)
		})
		g.Expect(numbers).To(BeNumerically(">", 0), name)
	}
}
