// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// TestUploadSettleTime states that a bucket cannot count as settled before Agora's
// backup has had its time, unless that is meant.
func TestUploadSettleTime(t *testing.T) {
	for name, test := range map[string]struct {
		arguments []string
		want      time.Duration
		refused   bool
	}{
		"by default":                         {nil, 30 * time.Minute, false},
		"whatever the time between looks":    {[]string{"--upload-recheck-max=10s"}, 30 * time.Minute, false},
		"longer":                             {[]string{"--upload-settle-time=1h"}, time.Hour, false},
		"too short":                          {[]string{"--upload-settle-time=29m59s"}, 0, true},
		"none":                               {[]string{"--upload-settle-time=0"}, 0, true},
		"too short, and meant, for a test":   {[]string{"--upload-settle-time=3s", "--allow-unsafe-timings"}, 3 * time.Second, false},
		"too short, and expressly not meant": {[]string{"--upload-settle-time=3s", "--allow-unsafe-timings=false"}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			o, err := parseFlags(flag.NewFlagSet("manager", flag.ContinueOnError), test.arguments)
			if test.refused {
				g.Expect(err).To(MatchError(And(ContainSubstring("--upload-settle-time must not be below 30m0s"), ContainSubstring("--allow-unsafe-timings"))))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(o.settings.UploadSettleTime).To(Equal(test.want))
		})
	}
}
