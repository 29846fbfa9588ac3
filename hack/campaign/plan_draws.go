// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"time"
)

// one draws one of several.
func one[C any](random *rand.Rand, choices []C) C { return choices[random.IntN(len(choices))] }

// weighted is a choice with its weight.
type weighted[C any] struct {
	choice C
	weight int
}

func pick[C any](random *rand.Rand, choices ...weighted[C]) C {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	n := random.IntN(total)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.choice
		}
	}
	return choices[0].choice
}

// between draws a duration.
func between(random *rand.Rand, from, to time.Duration) time.Duration {
	if to <= from {
		return from
	}
	return from + time.Duration(random.Int64N(int64(to-from)))
}
