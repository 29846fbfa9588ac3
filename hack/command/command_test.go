// SPDX-License-Identifier: Apache-2.0

package command_test

import (
	"errors"
	"flag"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/command"
)

func TestParseSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		arguments []string
		err       error
		says      string
	}{
		"nothing":                       {nil, nil, ""},
		"a flag":                        {[]string{"--count=2"}, nil, ""},
		"help":                          {[]string{"--help"}, flag.ErrHelp, "What it does.\n"},
		"a flag that there is not":      {[]string{"--other"}, command.ErrUsage, "flag provided but not defined: -other"},
		"an argument":                   {[]string{"--count=2", "more"}, command.ErrUsage, "tool: unexpected argument \"more\"\n"},
		"values that do not fit at all": {[]string{"--count=-1"}, command.ErrUsage, "tool: --count must not be negative\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var said strings.Builder
			flags := flag.NewFlagSet("tool", flag.ContinueOnError)
			flags.SetOutput(&said)
			count := flags.Int("count", 1, "how many")
			err := command.Parse(flags, "What it does.\n", c.arguments, func() error {
				if *count < 0 {
					return errors.New("--count must not be negative")
				}
				return nil
			})
			if c.err == nil {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(MatchError(c.err))
			}
			g.Expect(said.String()).To(HavePrefix(c.says))
		})
	}
}
