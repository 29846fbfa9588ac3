// SPDX-License-Identifier: Apache-2.0

// Package memory keeps Go's runtime below the memory limit of the container.
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

// runtimeVariable is the variable that Go's runtime reads itself.
const runtimeVariable = "GOMEMLIMIT"

// A tenth of the container's limit is left for everything that Go's runtime does not count.
const (
	usedTenths = 9
	tenths     = 10
)

// ApplyLimit sets the soft limit of Go's runtime below the container's limit, if that is
// given, and returns it in bytes, or zero if it sets nothing. A limit that was set by
// GOMEMLIMIT stays.
func ApplyLimit() (int64, error) {
	limit, err := runtimeLimit(os.LookupEnv)
	if err != nil || limit == 0 {
		return 0, err
	}
	debug.SetMemoryLimit(limit)
	return limit, nil
}

// garbageVariable is the variable that Go's runtime reads for the same purpose as
// BoundGarbage.
const garbageVariable = "GOGC"

// garbagePercent is how much garbage Go's runtime lets accumulate, in percent of the memory
// in use. The operator keeps much and allocates little, so collecting twice as often as
// usual costs it next to nothing.
const garbagePercent = 50

// BoundGarbage makes Go's runtime keep less garbage than usual. A percentage that was set
// by GOGC stays.
func BoundGarbage() {
	if _, ok := os.LookupEnv(garbageVariable); !ok {
		debug.SetGCPercent(garbagePercent)
	}
}

// runtimeLimit returns the limit for Go's runtime, or zero for none.
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
