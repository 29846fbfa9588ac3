// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// standInPath is the variable with the PATH of the programs that check commands.
const standInPath = "STAND_IN_PATH"

var (
	// inRepository matches a path in the repository, and flagName the name of a flag.
	inRepository = regexp.MustCompile(`^(?:api|config|controllers|hack)/[A-Za-z0-9_./-]+$`)
	flagName     = regexp.MustCompile(`^(-[A-Za-z]|--[a-z0-9-]+)`)
	variable     = regexp.MustCompile(`^([A-Z_]+)=`)
)

// standIn checks a command instead of running it.
func standIn(command []string) error {
	for _, argument := range command[1:] {
		_, value, _ := strings.Cut(argument, "=")
		for _, path := range []string{argument, value} {
			if !inRepository.MatchString(path) {
				continue
			}
			if _, err := os.Stat(path); err != nil {
				return fmt.Errorf("look for what a command names: %w", err)
			}
		}
	}
	if err := os.Setenv("PATH", os.Getenv(standInPath)); err != nil {
		return fmt.Errorf("set the PATH: %w", err)
	}
	switch filepath.Base(command[0]) {
	case "make":
		return checkMake(command[1:])
	case "kubectl", "helm":
		return checkHelp(command[0], command[1:])
	}
	return nil
}

// checkMake runs make --dry-run, and looks for each variable in the Makefile.
func checkMake(arguments []string) error {
	if output, err := ask("make", append([]string{"--dry-run"}, arguments...)...); err != nil {
		return fmt.Errorf("ask make what it would do: %w: %s", err, output)
	}
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		return fmt.Errorf("read the Makefile: %w", err)
	}
	for _, argument := range arguments {
		if set := variable.FindStringSubmatch(argument); set != nil && !bytes.Contains(makefile, []byte("$("+set[1])) {
			return fmt.Errorf("the Makefile has no variable %s", set[1])
		}
	}
	return nil
}

// checkHelp reads a program's help for a command, and looks for each of the flags in it.
func checkHelp(program string, arguments []string) error {
	words := arguments
	if i := slices.IndexFunc(arguments, func(argument string) bool { return strings.HasPrefix(argument, "-") }); i >= 0 {
		words = arguments[:i]
	}
	if len(words) == 0 {
		return fmt.Errorf("%s is told nothing", program)
	}
	help, err := ask(program, append(slices.Clone(words), "--help")...)
	if err != nil {
		return fmt.Errorf("ask %s about %s: %w: %s", program, words[0], err, help)
	}
	if !strings.Contains(string(help), program+" "+words[0]) {
		return fmt.Errorf("%s knows no command %s", program, words[0])
	}
	options, err := ask(program, "options")
	if err != nil && program == "kubectl" {
		return fmt.Errorf("ask kubectl for its options: %w", err)
	}
	for _, argument := range arguments[:endOfFlags(arguments)] {
		name := flagName.FindString(argument)
		if name == "" {
			continue
		}
		if !regexp.MustCompile(`(?m)(^|[\s,])` + regexp.QuoteMeta(name) + `([\s,=]|$)`).Match(append(help, options...)) {
			return fmt.Errorf("%s %s knows no flag %s", program, strings.Join(words, " "), name)
		}
	}
	return nil
}

// ask runs a program that only prints something.
func ask(program string, arguments ...string) ([]byte, error) {
	return exec.CommandContext(context.Background(), program, arguments...).CombinedOutput() //nolint:gosec // what a document says is what it is asked about
}

// endOfFlags returns the index at which the flags of a command end, and those of another one
// begin.
func endOfFlags(arguments []string) int {
	if i := slices.Index(arguments, "--"); i >= 0 {
		return i
	}
	return len(arguments)
}

// TestWhatIsNotRunIsLookedAt checks that a rehearsal finds every fault that it can find.
func TestWhatIsNotRunIsLookedAt(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for text, expected := range map[string]OmegaMatcher{
		"make test REPEAT=5\nkubectl get crec -n default --watch | grep x":        BeEmpty(),
		"cosign verify image \\\n  --anything":                                    BeEmpty(),
		"for name in a b; do helm install \"$name\" config/chart --set=a=b; done": BeEmpty(),
		"kubectl logs -l a=b --tail=1 >file.txt":                                  BeEmpty(),
		"if true; then":                                                           ContainSubstring("syntax error"),
		"make tset":                                                               ContainSubstring("No rule to make target"),
		"make test REPAET=5":                                                      ContainSubstring("no variable REPAET"),
		"kubectl aply -f file":                                                    ContainSubstring(`unknown command "aply"`),
		"kubectl get crec --wach":                                                 ContainSubstring("knows no flag --wach"),
		"helm remake x config/chart":                                              Not(BeEmpty()),
		"helm install x config/chart --set-strin=a=b":                             ContainSubstring("knows no flag --set-strin"),
		"kubectl apply -k config/nowhere":                                         ContainSubstring("config/nowhere"),
		"helm install x config/chart --values=hack/x":                             ContainSubstring("hack/x"),
		"echo \"$NOWHERE\"":                                                       ContainSubstring("unbound variable"),
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := &shell{folder: s.folder, scratch: t.TempDir(), environment: s.environment}
			said, err := s.rehearse(t.Context(), text)
			g.Expect(said).To(expected)
			g.Expect(err == nil).To(Equal(said == ""), "%v", err)
		})
	}
}

// TestAShellGoesOn checks that a block finds the state that the previous one left.
func TestAShellGoesOn(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := newShell(t)
	said, err := s.run(t.Context(), "cd config && name='a b' && echo before")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(said).To(Equal("before\n"))
	said, err = s.run(t.Context(), `echo "$name"; ls -d samples; false; echo behind`)
	var exit *exec.ExitError
	g.Expect(errors.As(err, &exit)).To(BeTrue())
	g.Expect(said).To(Equal("a b\nsamples\n"))
	said, err = s.run(t.Context(), "make -C .. help | false | cat")
	g.Expect(err).To(HaveOccurred(), said)
}
