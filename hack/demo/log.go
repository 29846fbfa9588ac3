// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// tailBytes is how much of the operator's log is shown when the demo fails.
const tailBytes = 4000

// operatorLog keeps the operator's log in a file.
type operatorLog struct {
	path string
	file *os.File
}

func newOperatorLog(folder string) (*operatorLog, error) {
	path := filepath.Join(folder, "operator.log")
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create the operator's log: %w", err)
	}
	return &operatorLog{path: path, file: file}, nil
}

// tail returns the end of the log.
func (l *operatorLog) tail() string {
	content, err := os.ReadFile(l.path)
	if err != nil {
		return "The operator's log cannot be read: " + err.Error()
	}
	return "The operator's log ends with:\n" + string(content[max(len(content)-tailBytes, 0):])
}
