// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"io"
	"sync"
)

// tailSize is how many bytes of a process's log an error shows.
const tailSize = 3000

// Logs forwards the output of processes, one write at a time. It keeps the end of each log to
// explain a failed start.
type Logs struct {
	mutex sync.Mutex
	to    io.Writer
	tails map[string][]byte
}

// NewLogs forwards logs to a writer. If it is nil, the logs are discarded.
func NewLogs(to io.Writer) *Logs {
	if to == nil {
		to = io.Discard
	}
	return &Logs{to: to, tails: map[string][]byte{}}
}

// Process returns the writer for the log of a process.
func (l *Logs) Process(name string) io.Writer {
	return processLog{logs: l, name: name}
}

// Tail returns the end of the log of a process.
func (l *Logs) Tail(name string) string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return string(l.tails[name])
}

type processLog struct {
	logs *Logs
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
