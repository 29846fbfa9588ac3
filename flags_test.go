// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"io"
	"testing"

	. "github.com/onsi/gomega"
)

func TestFlagsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		arguments []string
		problem   string
	}{
		{"none", nil, ""},
		{"a grace as long as a move takes", []string{"--not-found-grace=90s"}, ""},
		{"a grace that is shorter than a move", []string{"--not-found-grace=89s"}, "--not-found-grace must be at least 1m30s"},
		{"no grace", []string{"--not-found-grace=0s"}, "--not-found-grace must be at least 1m30s"},
		{"a short grace that is meant", []string{"--not-found-grace=1s", "--allow-unsafe-timings"}, ""},
		{"a grace below zero that is meant", []string{"--not-found-grace=-1s", "--allow-unsafe-timings"}, "--not-found-grace must not be negative"},
		{"one request a second", []string{"--requests-per-second=1"}, ""},
		{"fewer", []string{"--requests-per-second=0.5"}, "--requests-per-second must be at least 1"},
		{"none a second", []string{"--requests-per-second=0"}, "--requests-per-second must be at least 1"},
		{"what is no number of requests", []string{"--requests-per-second=NaN"}, "--requests-per-second must be at least 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			flags := flag.NewFlagSet("operator", flag.ContinueOnError)
			flags.SetOutput(io.Discard)
			_, err := parseFlags(flags, test.arguments)
			if test.problem == "" {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(MatchError(ContainSubstring(test.problem)))
			}
		})
	}
}
