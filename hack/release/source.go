// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// resolve returns the full hash and the time of a commit.
func resolve(ctx context.Context, repository, commit string) (string, time.Time, error) {
	output, err := run(exec.CommandContext(ctx, "git", "-C", repository, "log", "-1", "--format=%H %ct", commit, "--"))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("find the commit: %w", err)
	}
	name, seconds, _ := strings.Cut(strings.TrimSpace(string(output)), " ")
	made, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("read the time of commit %s: %w", name, err)
	}
	return name, time.Unix(made, 0).UTC(), nil
}

// export writes the files of a commit to a folder. Uncommitted files in the work tree are not
// part of a release.
func export(ctx context.Context, repository, commit, folder string) error {
	files, err := run(exec.CommandContext(ctx, "git", "-C", repository, "archive", "--format=tar", commit))
	if err != nil {
		return fmt.Errorf("read the files of commit %s: %w", commit, err)
	}
	extract := exec.CommandContext(ctx, "tar", "-xf", "-", "-C", folder)
	extract.Stdin = bytes.NewReader(files)
	if _, err := run(extract); err != nil {
		return fmt.Errorf("write the files of commit %s: %w", commit, err)
	}
	return nil
}

// run returns the standard output of a command. The error contains its standard error.
func run(command *exec.Cmd) ([]byte, error) {
	var output, problem bytes.Buffer
	command.Stdout, command.Stderr = &output, &problem
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", command, err, bytes.TrimSpace(problem.Bytes()))
	}
	return output.Bytes(), nil
}
