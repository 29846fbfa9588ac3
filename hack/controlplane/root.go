// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const modulePath = "cloudrecording.dev/operator"

// ModuleRoot returns the root folder of the repository, which contains the modules with pinned
// tools. It searches upwards from the working folder, because tests run in their package's
// folder.
func ModuleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working folder: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		found, err := isModuleRoot(dir)
		if err != nil {
			return "", err
		}
		if found {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside the repository of %s, whose tool modules say which programs to fetch: run it there",
				start, modulePath)
		}
	}
}

func isModuleRoot(dir string) (bool, error) {
	content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading a go.mod: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		if strings.TrimSpace(line) == "module "+modulePath {
			return true, nil
		}
	}
	return false, nil
}
