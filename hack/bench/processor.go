// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which Linux states the time of processors.
const tick = time.Second / 100

// Places of the time that a process has kept processors busy, for itself and in
// the kernel, among what follows its name.
const (
	userTimeField   = 11
	systemTimeField = 12
)

// processorTime returns how long a process has kept processors busy. It needs Linux.
func processorTime(pid int) (time.Duration, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read the operator's use of processors: %w", err)
	}
	// The name may hold spaces, and ends with the last parenthesis.
	fields := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	if len(fields) <= systemTimeField {
		return 0, fmt.Errorf("the kernel does not state the operator's use of processors")
	}
	var total time.Duration
	for _, field := range fields[userTimeField : systemTimeField+1] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the operator's use of processors: %w", err)
		}
		total += time.Duration(ticks) * tick
	}
	return total, nil
}

// idleTime returns how long the processors of this machine have been idle, all
// together. It needs Linux.
func idleTime() (time.Duration, error) {
	const idleField = 4
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("read the use of processors: %w", err)
	}
	fields := strings.Fields(strings.SplitN(string(content), "\n", 2)[0])
	if len(fields) <= idleField {
		return 0, fmt.Errorf("the kernel does not state the use of processors")
	}
	ticks, err := strconv.ParseInt(fields[idleField], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the use of processors: %w", err)
	}
	return time.Duration(ticks) * tick, nil
}
