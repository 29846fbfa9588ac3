// SPDX-License-Identifier: Apache-2.0

package converter

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cloudrecording.dev/operator/hack/convert/conversion"
)

const (
	bodyEnd    = ".json"
	acquireEnd = ".acquire" + bodyEnd
)

// isFolder reports whether a path is a folder. A path with an error counts as a file, so that
// reading it reports the error.
func isFolder(path string) bool {
	found, err := os.Stat(path)
	return err == nil && found.IsDir()
}

// readSources reads the bodies of several recordings from files and folders.
func readSources(paths []string) ([]conversion.Source, error) {
	files, err := filesOf(paths)
	if err != nil {
		return nil, err
	}
	var sources []conversion.Source
	for _, file := range files {
		if start, isAcquire := strings.CutSuffix(file, acquireEnd); isAcquire {
			if !slices.Contains(files, start+bodyEnd) {
				return nil, fmt.Errorf("%s is a body of acquire, and the body of start is missing beside it: give %s too", file, start+bodyEnd)
			}
			continue
		}
		source, err := readSource(file, slices.Contains(files, strings.TrimSuffix(file, bodyEnd)+acquireEnd))
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, nil
}

func readSource(file string, hasAcquire bool) (source conversion.Source, err error) {
	source.File = file
	if source.Start, err = read(file, nil); err != nil || !hasAcquire {
		return source, err
	}
	source.Acquire, err = read(strings.TrimSuffix(file, bodyEnd)+acquireEnd, nil)
	return source, err
}

// filesOf returns each file once, sorted by name.
func filesOf(paths []string) (files []string, err error) {
	for _, path := range paths {
		switch {
		case path == standardInput:
			return nil, errors.New("the standard input has no name for a recording: a profile is made of files or folders")
		case strings.HasPrefix(path, "-"):
			return nil, fmt.Errorf("%s stands behind a file: put the flags before the files", path)
		case !isFolder(path):
			files = append(files, filepath.Clean(path))
			continue
		}
		inside, err := filesIn(path)
		if err != nil {
			return nil, err
		}
		files = append(files, inside...)
	}
	if len(files) == 0 {
		return nil, errors.New("a profile is made of bodies: give the files or folders with them")
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// filesIn returns the bodies in a folder.
func filesIn(folder string) (files []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the folder: %w", err)
	}
	for _, entry := range entries {
		if path := filepath.Join(folder, entry.Name()); strings.HasSuffix(path, bodyEnd) && !isFolder(path) {
			files = append(files, path)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no file %s in %s: put each body into a file of its own there", "*"+bodyEnd, folder)
	}
	return files, nil
}
