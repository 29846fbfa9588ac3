// SPDX-License-Identifier: Apache-2.0

package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"cloudrecording.dev/operator/hack/controlplane"
)

// buildNotice is longer than the go command takes to find the program in its cache.
const buildNotice = 5 * time.Second

// versitygw returns the path of the pinned versitygw. The go command builds it into its cache
// if necessary.
func versitygw(ctx context.Context, progress io.Writer) (path string, err error) {
	root, err := controlplane.ModuleRoot()
	if err != nil {
		return "", err
	}
	slow := time.AfterFunc(buildNotice, func() {
		_, _ = fmt.Fprintln(progress, "objectstore: building versitygw from source, or waiting for a process that does, which takes about two minutes")
	})
	defer slow.Stop()

	// Processes that start at the same time would each build it.
	unlock, err := lockCache(ctx, "versitygw", io.Discard)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	// Without cgo, no C compiler is needed.
	cmd := controlplane.GoCommand(ctx, filepath.Join(root, "hack", "objectstore", "versitygw"), "tool", "-n", "versitygw")
	cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building versitygw: %w: %s", err, controlplane.LastLines(stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}
