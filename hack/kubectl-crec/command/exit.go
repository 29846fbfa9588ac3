// SPDX-License-Identifier: Apache-2.0

package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// Exit codes, which scripts rely on.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNeedsPerson = 3
	exitTimeout     = 4
)

var (
	errUsage = errors.New("wrong usage")

	// errNeedsPerson means that there is no progress unless a person acts.
	errNeedsPerson = errors.New("a person must act")
)

// coded is an error with a kind that decides the exit code. Its text does not repeat the
// kind.
type coded struct {
	kind error
	text string
}

func (e coded) Error() string { return e.text }

func (e coded) Unwrap() error { return e.kind }

func needsPersonf(format string, arguments ...any) error {
	return coded{errNeedsPerson, fmt.Sprintf(format, arguments...)}
}

func timeoutf(format string, arguments ...any) error {
	return coded{cluster.ErrTimeout, fmt.Sprintf(format, arguments...)}
}

func usageError(command *cobra.Command, err error) error {
	return coded{errUsage, fmt.Sprintf("%v: see %s --help", err, command.CommandPath())}
}

// usage turns errors in the arguments into usage errors.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(command *cobra.Command, arguments []string) error {
		if err := check(command, arguments); err != nil {
			return usageError(command, err)
		}
		return nil
	}
}

// one requires exactly one argument. The error says which.
func one(what string) cobra.PositionalArgs {
	return usage(func(_ *cobra.Command, arguments []string) error {
		if len(arguments) != 1 {
			return fmt.Errorf("give %s, and nothing else", what)
		}
		return nil
	})
}

func exitCodeOf(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errUsage):
		return exitUsage
	case errors.Is(err, errNeedsPerson):
		return exitNeedsPerson
	case errors.Is(err, cluster.ErrTimeout):
		return exitTimeout
	default:
		return exitFailed
	}
}
