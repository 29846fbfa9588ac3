// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Guard kills the processes that it wraps when this process ends, even if this process is
// killed. This process holds a named pipe open. For each of the others, a shell waits for the
// pipe to close and then kills the process. The kernel closes the pipe.
type Guard struct {
	dir  string
	pipe *os.File
}

// NewGuard creates the pipe in dir, which must exist.
func NewGuard(dir string) (*Guard, error) {
	path := filepath.Join(dir, "alive")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return nil, fmt.Errorf("creating the guard's pipe: %w", err)
	}
	// Opening the pipe for reading as well does not block until there is a reader.
	pipe, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the guard's pipe: %w", err)
	}
	return &Guard{dir: dir, pipe: pipe}, nil
}

// Wrap writes a script that runs binary under the guard, and returns its path. envtest starts
// the script as the leader of a process group. The guard kills that group, so that it never
// hits another process that has reused the process ID.
func (g *Guard) Wrap(binary string) (string, error) {
	script := strings.NewReplacer("BINARY", shellQuote(binary), "PIPE", shellQuote(g.pipe.Name())).Replace(`#!/bin/sh
case "$1" in --help) exec BINARY "$@" ;; esac
[ -p PIPE ] || exit 1
(read -r _ <PIPE; kill -s KILL -- "-$$") </dev/null >/dev/null 2>&1 &
exec BINARY "$@"
`)
	path := filepath.Join(g.dir, filepath.Base(binary))
	// If a process was forked while the script is open for writing, running the script would
	// fail with "text file busy".
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		return "", fmt.Errorf("writing the guard's script: %w", err)
	}
	return path, nil
}

// Release closes the pipe. Wrapped processes that still run are killed, and none can be started
// any more.
func (g *Guard) Release() error {
	removed := os.Remove(g.pipe.Name())
	if errors.Is(removed, os.ErrNotExist) {
		removed = nil
	}
	closed := g.pipe.Close()
	if errors.Is(closed, os.ErrClosed) {
		closed = nil
	}
	return errors.Join(removed, closed)
}

func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
