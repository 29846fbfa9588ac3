// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// store is the cache of the binaries of one release of Kubernetes. It has a folder for each
// source.
type store struct {
	dir      string
	release  string
	progress io.Writer
	sources  []source
}

// source is one way to get the binaries.
type source struct {
	// name is the name of its folder in the store.
	name string
	// fill writes the binaries to dir. It runs under the store's lock and moves only complete
	// files there, because other processes read dir without the lock.
	fill func(ctx context.Context, dir string) error
}

func newStore(dir, release string, progress io.Writer) store {
	download := downloader{
		release: release,
		index:   releaseIndex,
		timeout: probeTimeout,
		fetch:   setupEnvtest,
	}
	build := builder{release: release, progress: progress, compile: goBuild}
	return store{
		dir:      dir,
		release:  release,
		progress: progress,
		sources: []source{
			{name: "downloaded", fill: download.fill},
			{name: "built", fill: build.fill},
		},
	}
}

// ensure returns the folder with the binaries, and fetches them first if necessary.
func (s store) ensure(ctx context.Context) (dir string, err error) {
	if dir := s.cached(); dir != "" {
		return dir, nil
	}
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return "", fmt.Errorf("creating the cache folder: %w", err)
	}
	unlock, err := LockFile(ctx, filepath.Join(s.dir, "lock"), s.progress)
	if err != nil {
		return "", fmt.Errorf("locking the cache folder: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()

	// Another process may have fetched them while this one waited for the lock.
	if dir := s.cached(); dir != "" {
		return dir, nil
	}
	return s.fetch(ctx)
}

// cached returns the folder of the first complete source, or nothing.
func (s store) cached() string {
	for _, source := range s.sources {
		dir := filepath.Join(s.dir, source.name)
		if len(missingBinaries(dir)) == 0 {
			return dir
		}
	}
	return ""
}

// fetch tries one source after another.
func (s store) fetch(ctx context.Context) (string, error) {
	var failures []error
	for _, source := range s.sources {
		dir := filepath.Join(s.dir, source.name)
		err := source.fill(ctx, dir)
		if err == nil {
			return dir, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
		_, _ = fmt.Fprintf(s.progress, "controlplane: %v\n", err)
	}
	return "", fmt.Errorf("getting %s of Kubernetes %s, which setting %s to a folder that holds them avoids: %w",
		strings.Join(binaryNames(), ", "), s.release, AssetsVariable, errors.Join(failures...))
}

// stagingFolder creates a folder next to dir, on the same file system, in which to prepare
// files. It removes the folders that an interrupted run left behind. The caller holds the
// store's lock.
func stagingFolder(dir string) (staging string, remove func(), err error) {
	prefix := filepath.Base(dir) + ".part-"
	leftovers, err := filepath.Glob(filepath.Join(filepath.Dir(dir), prefix+"*"))
	if err != nil {
		return "", nil, fmt.Errorf("listing leftovers: %w", err)
	}
	for _, leftover := range leftovers {
		if err := os.RemoveAll(leftover); err != nil {
			return "", nil, fmt.Errorf("removing leftovers: %w", err)
		}
	}
	staging, err = os.MkdirTemp(filepath.Dir(dir), prefix)
	if err != nil {
		return "", nil, fmt.Errorf("creating a staging folder: %w", err)
	}
	return staging, func() { _ = os.RemoveAll(staging) }, nil
}
