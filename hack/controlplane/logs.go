// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"io"
	"sync"
)

// tailSize is how much of a process's log an error shows.
const tailSize = 3000

// logs passes on what the processes write, one write at a time, and keeps the end of each one's to
// explain a failed start.
type logs struct {
	mutex sync.Mutex
	to    io.Writer
	tails map[string][]byte
}

func newLogs(to io.Writer) *logs {
	if to == nil {
		to = io.Discard
	}
	return &logs{to: to, tails: map[string][]byte{}}
}

// process returns the writer for one process's log.
func (l *logs) process(name string) io.Writer {
	return processLog{logs: l, name: name}
}

// tail returns the end of one process's log.
func (l *logs) tail(name string) string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return string(l.tails[name])
}

type processLog struct {
	logs *logs
	name string
}

// Write implements io.Writer.
func (p processLog) Write(line []byte) (int, error) {
	p.logs.mutex.Lock()
	defer p.logs.mutex.Unlock()
	tail := append(p.logs.tails[p.name], line...)
	if excess := len(tail) - tailSize; excess > 0 {
		tail = append(tail[:0], tail[excess:]...)
	}
	p.logs.tails[p.name] = tail
	return p.logs.to.Write(line)
}
