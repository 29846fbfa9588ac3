// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"sync"
)

// tailBytes is how much of the operator's log is shown when the demo fails.
const tailBytes = 4000

// operatorLog keeps the operator's log.
type operatorLog struct {
	mu      sync.Mutex
	content bytes.Buffer
}

// Write adds to the log.
func (l *operatorLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.Write(p)
}

// tail returns the end of the log.
func (l *operatorLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	content := l.content.Bytes()
	return "The operator's log ends with:\n" + string(content[max(len(content)-tailBytes, 0):])
}
