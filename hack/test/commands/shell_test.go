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
	"strings"
	"syscall"
	"time"
)

// blockTimeout limits a block, including what it builds.
const blockTimeout = 3 * time.Minute

// session keeps the state of the shell between two blocks: its working folder, and its exported
// variables. Variables are exported automatically, because the reader continues in the same
// shell.
const session = `set -euo pipefail
state=$1 block=$2
if [ -e "$state" ]; then source "$state"; fi
trap '{ export -p; printf "cd %q\n" "$PWD"; } >"$state"' EXIT
set -o allexport
source "$block"`

// rehearsal passes every command that is not part of bash to this program, which only checks
// it.
const rehearsal = `set -euo pipefail
command_not_found_handle() { "$STAND_IN" "$@"; }
PATH=/nowhere
source "$1"`

// shell runs blocks one after another.
type shell struct {
	// folder is the reader's initial working folder, in a copy of the repository.
	folder string
	// scratch is a folder outside of that copy.
	scratch     string
	environment []string
}

// run runs commands and returns their output.
func (s *shell) run(ctx context.Context, text string) (string, error) {
	block, err := s.write(text)
	if err != nil {
		return "", err
	}
	return s.bash(ctx, nil, "-c", session, "bash", filepath.Join(s.scratch, "state"), block)
}

// rehearse checks commands without running them.
func (s *shell) rehearse(ctx context.Context, text string) (string, error) {
	block, err := s.write(text)
	if err != nil {
		return "", err
	}
	if said, err := s.bash(ctx, nil, "-n", block); err != nil {
		return said, err
	}
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	path := ""
	for _, variable := range s.environment {
		if value, isPath := strings.CutPrefix(variable, "PATH="); isPath {
			path = value
		}
	}
	return s.bash(ctx, []string{"STAND_IN=" + program, standInPath + "=" + path}, "-c", rehearsal, "bash", block)
}

func (s *shell) write(text string) (string, error) {
	file := filepath.Join(s.scratch, "block.sh")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write a block: %w", err)
	}
	return file, nil
}

// bash runs a shell in a process group, which ends with the block.
func (s *shell) bash(ctx context.Context, environment []string, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, blockTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", arguments...)
	command.Dir = s.folder
	command.Env = append(append(os.Environ(), s.environment...), environment...)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = time.Second
	err := command.Run()
	if ctx.Err() != nil {
		err = errors.Join(err, fmt.Errorf("it was given up: %w", ctx.Err()))
	}
	return said.String(), err
}
