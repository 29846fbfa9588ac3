// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// memory measures how much more memory a process uses at the most than it did
// when the measurement began. It needs Linux.
type memory struct {
	pid  int
	idle int64
}

// watchMemory begins to measure.
func watchMemory(pid int) (memory, error) {
	idle, err := readMemory(pid, "VmRSS")
	if err != nil {
		return memory{}, err
	}
	// The kernel takes this number as the wish to forget the peak.
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0o600); err != nil {
		return memory{}, fmt.Errorf("reset the peak of the operator's memory: %w", err)
	}
	return memory{pid: pid, idle: idle}, nil
}

// peak returns, in bytes, how much more it was.
func (m memory) peak() (int64, error) {
	highest, err := readMemory(m.pid, "VmHWM")
	return highest - m.idle, err
}

// readMemory returns a size that the kernel states of a process, in bytes.
func readMemory(pid int, name string) (int64, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read how much memory the operator uses: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != name+":" || fields[2] != "kB" {
			continue
		}
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read how much memory the operator uses: %w", err)
		}
		return size << 10, nil
	}
	return 0, fmt.Errorf("the kernel does not state %s of the operator", name)
}
