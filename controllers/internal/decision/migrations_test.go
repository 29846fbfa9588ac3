// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
)

func TestMigrationsShowInTheNamesOfFiles(t *testing.T) {
	for name, test := range map[string]struct {
		files    []string
		failover bool
		expected int32
	}{
		"none":                   {files: []string{"rec/sid_lesson.m3u8"}},
		"one":                    {files: []string{"rec/sid_lesson.m3u8", "rec/bak0_sid_lesson.m3u8"}, expected: 1},
		"three":                  {files: []string{"bak2_sid_lesson.m3u8", "bak0_sid_lesson.m3u8"}, expected: 3},
		"one that was notified":  {failover: true, expected: 1},
		"a folder of that name":  {files: []string{"bak1_/sid_lesson.m3u8"}},
		"a channel of that name": {files: []string{"rec/sid_bak1_lesson.m3u8"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := given(func(s *situation) {
				s.recording.Status.FileList = asFiles(test.files...)
				if test.failover {
					s.recording.Status.Failover = &v1alpha1.RecorderFailover{NewUID: "2"}
				}
			})
			NewWithT(t).Expect(s.decide().Status.Migrations).To(Equal(test.expected))
		})
	}
}
