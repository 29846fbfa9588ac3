// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

const lockPollInterval = 100 * time.Millisecond

// LockFile takes an exclusive lock on path. It waits for the lock until ctx ends. The kernel
// releases the lock when the process ends, so that a killed process never blocks others.
func LockFile(ctx context.Context, path string, progress io.Writer) (unlock func() error, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	if locked, err := tryLock(file); locked || err != nil {
		return file.Close, err
	}

	done := Announce(progress, "waiting for another process to release "+path)
	defer done()
	err = wait.PollUntilContextCancel(ctx, lockPollInterval, false, func(context.Context) (bool, error) { return tryLock(file) })
	if err != nil {
		return nil, fmt.Errorf("waiting for the lock on %s: %w", path, err)
	}
	return file.Close, nil
}

func tryLock(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
		return false, nil
	default:
		return false, fmt.Errorf("locking %s: %w", file.Name(), err)
	}
}
