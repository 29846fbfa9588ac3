// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"cloudrecording.dev/operator/hack/release/artifact"
)

// compile builds a program for a platform. The binary depends only on the source, the version,
// and the version of Go. It does not depend on the folder, the machine, or settings of the go
// command. An empty cache selects the default build cache.
func (p program) compile(ctx context.Context, source, version, cache string, platform artifact.Platform) (artifact.File, error) {
	folder, err := os.MkdirTemp("", "release-binary-")
	if err != nil {
		return artifact.File{}, fmt.Errorf("make a folder for %s: %w", p.name, err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := filepath.Join(folder, "binary")
	build := exec.CommandContext(ctx, "go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -buildid= -X main.version="+version, "-o", binary, ".")
	build.Dir = filepath.Join(source, filepath.FromSlash(p.folder))
	build.Env = append(environment(platform), "GOCACHE="+cache)
	if cache == "" {
		build.Env = environment(platform)
	}
	if _, err := run(build); err != nil {
		return artifact.File{}, fmt.Errorf("build %s for %s: %w", p.name, platform, err)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return artifact.File{}, fmt.Errorf("read %s for %s: %w", p.name, platform, err)
	}
	return artifact.File{Path: p.fileName(platform), Mode: artifact.Executable, Content: content}, nil
}

// fileName returns the name of the binary.
func (p program) fileName(platform artifact.Platform) string {
	if platform.OS == "windows" {
		return p.binary + ".exe"
	}
	return p.binary
}

// notices returns the licenses of everything that is linked into a program.
func (p program) notices(ctx context.Context, source string, platform artifact.Platform) ([]byte, error) {
	list := exec.CommandContext(ctx, "go", "run", "cloudrecording.dev/operator/hack/notices", "--platform", platform.String(), ".")
	list.Dir = filepath.Join(source, filepath.FromSlash(p.folder))
	notices, err := run(list)
	if err != nil {
		return nil, fmt.Errorf("collect the licenses of %s: %w", p.name, err)
	}
	return notices, nil
}

// environment returns the environment of the go command for a platform. It fixes all settings
// that could change the binary.
func environment(platform artifact.Platform) []string {
	return append(os.Environ(),
		"CGO_ENABLED=0", "GOOS="+platform.OS, "GOARCH="+platform.Architecture,
		"GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFIPS140=off", "GOFLAGS=", "GOWORK=off",
	)
}
