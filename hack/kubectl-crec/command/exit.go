// SPDX-License-Identifier: Apache-2.0

package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// The exit codes, on which scripts rely.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNeedsPerson = 3
	exitTimeout     = 4
)

var (
	errUsage = errors.New("wrong usage")

	// errNeedsPerson says that nothing comes of it unless a person acts.
	errNeedsPerson = errors.New("a person must act")
)

// coded is an error with the kind that decides the exit code, which its text does not repeat.
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

// usage has wrong arguments count as wrong usage.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(command *cobra.Command, arguments []string) error {
		if err := check(command, arguments); err != nil {
			return usageError(command, err)
		}
		return nil
	}
}

// one wants one argument, and says which.
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
