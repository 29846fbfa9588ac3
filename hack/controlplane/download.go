// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// releaseIndex lists the archives that setup-envtest downloads, with their checksums.
	releaseIndex = "https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml"

	probeTimeout = 5 * time.Second
)

// downloader gets the binaries with setup-envtest.
type downloader struct {
	// release is the release of Kubernetes.
	release string
	index   string
	timeout time.Duration
	// fetch downloads into dir and returns the subfolder with the binaries.
	fetch func(ctx context.Context, release, index, dir string) (string, error)
}

func (d downloader) fill(ctx context.Context, dir string) error {
	if err := d.probe(ctx); err != nil {
		return fmt.Errorf("no download: %w", err)
	}
	staging, remove, err := stagingFolder(dir)
	if err != nil {
		return err
	}
	defer remove()
	fetched, err := d.fetch(ctx, d.release, d.index, staging)
	if err != nil {
		return fmt.Errorf("downloading: %w", err)
	}
	if missing := missingBinaries(fetched); len(missing) > 0 {
		return fmt.Errorf("the download lacks %s", strings.Join(missing, ", "))
	}
	// setup-envtest makes the folder read-only, so that its owner could neither move nor remove
	// it.
	if err := os.Chmod(fetched, 0o700); err != nil {
		return fmt.Errorf("making the download movable: %w", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing an incomplete download: %w", err)
	}
	if err := os.Rename(fetched, dir); err != nil {
		return fmt.Errorf("keeping the download: %w", err)
	}
	return nil
}

// probe requests only the index, with a short timeout. A network without internet access may
// drop packets silently, but a slow download that makes progress must not be cut off.
func (d downloader) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.index, nil)
	if err != nil {
		return fmt.Errorf("asking for the index: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking for the index: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("asking for the index %s: %s", d.index, response.Status)
	}
	return nil
}

// setupEnvtest runs the pinned setup-envtest, which verifies downloads against the index.
func setupEnvtest(ctx context.Context, release, index, dir string) (string, error) {
	root, err := ModuleRoot()
	if err != nil {
		return "", err
	}
	cmd := GoCommand(ctx, filepath.Join(root, "hack", "tools"),
		"tool", "setup-envtest", "use", minorOf(release)+".x",
		"--bin-dir", dir, "--index", index, "--installed-only=false", "--use-env=false", "--print", "path")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("running setup-envtest: %w: %s", err, LastLines(stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}

// GoCommand prepares a go command in one of the repository's modules. It ignores GOFLAGS and
// workspaces, which are meant for the product. On cancellation, the command is interrupted
// instead of killed, so that it can remove its temporary files.
func GoCommand(ctx context.Context, module string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "PWD="+module)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// LastLines shortens a command's output for an error.
func LastLines(output string) string {
	const limit = 2000
	output = strings.TrimSpace(output)
	if len(output) > limit {
		output = "..." + output[len(output)-limit:]
	}
	return output
}
