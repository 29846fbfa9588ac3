// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Chart returns the package of the Helm chart in a folder, with the version and the image
// repository of a release. It contains the same files as a package from `helm package`.
func Chart(folder fs.FS, name string, identity Identity) ([]byte, error) {
	changes := map[string][]replacement{
		"Chart.yaml": {
			{"\nversion: 0.0.0-dev\n", "\nversion: " + identity.ChartVersion() + "\n"},
			{"\nappVersion: dev\n", "\nappVersion: " + identity.Version + "\n"},
		},
		"values.yaml": {{"\n  repository: cloudrecording-operator\n", "\n  repository: " + identity.Repository + "\n"}},
	}
	var files []File
	err := fs.WalkDir(folder, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, file)
		if err != nil {
			return err
		}
		for _, change := range changes[file] {
			if content, err = change.apply(content); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		delete(changes, file)
		files = append(files, File{Path: path.Join(name, file), Mode: Readable, Content: content})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the chart: %w", err)
	}
	for file := range changes {
		return nil, fmt.Errorf("the chart has no %s", file)
	}
	return Archive(files, identity.Time)
}

// replacement replaces a text that occurs once in a file. Everything else remains unchanged,
// including comments, which a YAML encoder would not guarantee.
type replacement struct{ text, with string }

func (r replacement) apply(content []byte) ([]byte, error) {
	if count := bytes.Count(content, []byte(r.text)); count != 1 {
		return nil, fmt.Errorf("%q must be there once, and is there %d times", strings.TrimSpace(r.text), count)
	}
	return bytes.Replace(content, []byte(r.text), []byte(r.with), 1), nil
}
