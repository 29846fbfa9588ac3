// SPDX-License-Identifier: Apache-2.0

// Package memory has Go's runtime keep below the memory limit of the container.
package memory

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
)

// LimitVariable is the environment variable with the container's memory limit, in
// bytes.
const LimitVariable = "MEMORY_LIMIT"

// runtimeVariable is the one that Go's runtime reads by itself.
const runtimeVariable = "GOMEMLIMIT"

// What is left of a container's limit for all that Go's runtime does not count is a
// tenth.
const (
	usedTenths = 9
	tenths     = 10
)

// ApplyLimit sets the soft limit of Go's runtime below that of the container, where
// one is given, and returns it in bytes; zero if it leaves it as it is. A limit that
// was set by GOMEMLIMIT stays.
func ApplyLimit() (int64, error) {
	limit, err := runtimeLimit(os.LookupEnv)
	if err != nil || limit == 0 {
		return 0, err
	}
	debug.SetMemoryLimit(limit)
	return limit, nil
}

// garbageVariable is the one that Go's runtime reads for the same.
const garbageVariable = "GOGC"

// garbagePercent is how much garbage Go's runtime lets come up, in percent of what is
// in use: the operator keeps much and makes little, so that collecting twice as often
// as usual costs it next to nothing.
const garbagePercent = 50

// BoundGarbage has Go's runtime keep less garbage than usual. What was set by GOGC
// stays.
func BoundGarbage() {
	if _, ok := os.LookupEnv(garbageVariable); !ok {
		debug.SetGCPercent(garbagePercent)
	}
}

// runtimeLimit returns the limit for Go's runtime; zero for none.
func runtimeLimit(lookup func(string) (string, bool)) (int64, error) {
	if _, ok := lookup(runtimeVariable); ok {
		return 0, nil
	}
	text, ok := lookup(LimitVariable)
	if !ok || text == "" {
		return 0, nil
	}
	container, err := strconv.ParseInt(text, 10, 64)
	if err != nil || container <= 0 {
		return 0, fmt.Errorf("the environment variable %s must be a number of bytes above 0, and is %q", LimitVariable, text)
	}
	return container / tenths * usedTenths, nil
}
