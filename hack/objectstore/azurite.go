// SPDX-License-Identifier: Apache-2.0

package objectstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"cloudrecording.dev/operator/hack/controlplane"
)

// ErrNoNode means that Azurite cannot run because this machine has no Node.js with npm.
var ErrNoNode = errors.New("running Azurite needs node and npm: install Node.js 20 or later")

// azuritePackage pins Azurite and all of its dependencies.
//
//go:embed azurite/package.json azurite/package-lock.json
var azuritePackage embed.FS

// azurite returns the paths of Node.js and of the pinned Azurite's blob service. It installs
// Azurite first if necessary.
func azurite(ctx context.Context, progress io.Writer) (node, script string, err error) {
	if node, err = exec.LookPath("node"); err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", "", err
	}
	lock, err := azuritePackage.ReadFile("azurite/package-lock.json")
	if err != nil {
		return "", "", fmt.Errorf("reading Azurite's package lock: %w", err)
	}
	dir := filepath.Join(cache, fmt.Sprintf("azurite-%x", sha256.Sum256(lock)))
	script = filepath.Join(dir, "node_modules", "azurite", "dist", "src", "blob", "main.js")
	if isFile(script) {
		return node, script, nil
	}
	unlock, err := lockCache(ctx, "azurite", progress)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	// Another process may have installed it while this one waited for the lock.
	if isFile(script) {
		return node, script, nil
	}
	if err := installAzurite(ctx, dir, progress); err != nil {
		return "", "", fmt.Errorf("installing Azurite: %w", err)
	}
	return node, script, nil
}

// installAzurite installs Azurite in a folder next to dir and then moves it there, because
// other processes read dir without the lock. The caller holds the lock.
func installAzurite(ctx context.Context, dir string, progress io.Writer) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	done := controlplane.Announce(progress, "objectstore: installing Azurite from npm")
	defer done()
	staging := dir + ".part"
	if err := os.RemoveAll(staging); err != nil {
		return fmt.Errorf("removing an interrupted installation: %w", err)
	}
	defer func() { _ = os.RemoveAll(staging) }()
	if err := writeAzuritePackage(staging); err != nil {
		return err
	}
	// Azurite needs none of its dependencies' install scripts.
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = staging
	cmd.Env = append(os.Environ(), "PWD="+staging)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, controlplane.LastLines(output.String()))
	}
	return os.Rename(staging, dir)
}

func writeAzuritePackage(dir string) error {
	if err := os.Mkdir(dir, 0o750); err != nil {
		return fmt.Errorf("creating the folder: %w", err)
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := azuritePackage.ReadFile("azurite/" + name)
		if err != nil {
			return fmt.Errorf("reading Azurite's %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
