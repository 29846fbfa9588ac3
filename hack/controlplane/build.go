// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// builder builds the binaries from the Go modules that a module in hack/controlplane/kubernetes
// pins.
type builder struct {
	// release is the release of Kubernetes.
	release  string
	progress io.Writer
	// compile writes the named binary to output.
	compile func(ctx context.Context, release, name, output string) error
}

// fill keeps each binary as soon as it is built, so that an interrupted build can continue.
func (b builder) fill(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("creating the folder for built binaries: %w", err)
	}
	staging, remove, err := stagingFolder(dir)
	if err != nil {
		return err
	}
	defer remove()
	missing := missingBinaries(dir)
	_, _ = fmt.Fprintf(b.progress, "controlplane: building %s once; all three take about ten minutes on two cores\n", strings.Join(missing, ", "))
	for i, name := range missing {
		count := fmt.Sprintf("%d of %d", i+1, len(missing))
		if err := b.buildOne(ctx, name, count, staging, dir); err != nil {
			return fmt.Errorf("building %s from source: %w", name, err)
		}
	}
	return nil
}

func (b builder) buildOne(ctx context.Context, name, count, staging, dir string) error {
	done := Announce(b.progress, fmt.Sprintf("controlplane: %s: building %s for Kubernetes %s from source", count, name, b.release))
	defer done()
	output := filepath.Join(staging, name)
	if err := b.compile(ctx, b.release, name, output); err != nil {
		return err
	}
	return os.Rename(output, filepath.Join(dir, name))
}

// goBuild builds a static binary for this machine that reports its version as an official
// release does.
func goBuild(ctx context.Context, release, name, output string) error {
	root, err := ModuleRoot()
	if err != nil {
		return err
	}
	target := "k8s.io/kubernetes/cmd/" + name
	if name == etcdBinary {
		target = "go.etcd.io/etcd/server/v3"
	}
	cmd := GoCommand(ctx, filepath.Join(root, "hack", "controlplane", "kubernetes", minorOf(release)),
		"build", "-mod=readonly", "-trimpath", "-ldflags", versionFlags(release), "-o", output, target)
	cmd.Env = append(cmd.Env, "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, LastLines(stderr.String()))
	}
	return nil
}

// versionFlags sets the version. Without it, the binaries would report v0.0.0.
func versionFlags(release string) string {
	const versionPackage = "k8s.io/component-base/version"
	parts := strings.SplitN(release, ".", 3)
	return strings.Join([]string{
		"-s", "-w",
		"-X", versionPackage + ".gitVersion=v" + release,
		"-X", versionPackage + ".gitMajor=" + parts[0],
		"-X", versionPackage + ".gitMinor=" + parts[1],
	}, " ")
}
