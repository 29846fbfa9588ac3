// SPDX-License-Identifier: Apache-2.0

package simtime

import (
	"context"
	"math"
	"time"

	"k8s.io/utils/clock"
)

// MaxSpeed is the maximum speed of the simulated time. It keeps years within the range
// that can be written.
const MaxSpeed = 1e6

// IsSpeed reports whether a speed is valid.
func IsSpeed(speed float64) bool { return speed > 0 && speed <= MaxSpeed }

// Clock is the clock of the simulated service. It multiplies the time of a base clock by
// a speed.
type Clock struct {
	base   clock.WithTicker
	speed  float64
	origin time.Time // of both clocks
}

// NewClock returns a clock that shows the same time as the base clock now.
func NewClock(base clock.WithTicker, speed float64) *Clock {
	return &Clock{base: base, speed: speed, origin: base.Now()}
}

// Now returns the simulated time.
func (c *Clock) Now() time.Time { return c.origin.Add(scale(c.base.Since(c.origin), c.speed)) }

// BaseTime returns the time of the base clock at a simulated time.
func (c *Clock) BaseTime(t time.Time) time.Time {
	return c.origin.Add(scale(t.Sub(c.origin), 1/c.speed))
}

// SimulatedTime returns the simulated time at which the base clock shows t.
func (c *Clock) SimulatedTime(t time.Time) time.Time {
	return c.origin.Add(scale(t.Sub(c.origin), c.speed))
}

// WaitUntil waits until the simulated time t. If the context ends first, it returns the
// context's error.
func (c *Clock) WaitUntil(ctx context.Context, t time.Time) error {
	for left := c.until(t); left > 0; left = c.until(t) {
		if err := c.waitOnce(ctx, left, t); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// waitOnce waits for a duration of the base clock.
func (c *Clock) waitOnce(ctx context.Context, d time.Duration, t time.Time) error {
	timer := c.base.NewTimer(d)
	defer timer.Stop()
	// A stepped clock may have passed t before the timer was created.
	if c.until(t) <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C():
		return nil
	}
}

// until returns the time until t on the base clock, rounded up.
func (c *Clock) until(t time.Time) time.Duration {
	return saturate(math.Ceil(float64(t.Sub(c.Now())) / c.speed))
}

func scale(d time.Duration, factor float64) time.Duration {
	if factor == 1 {
		return d
	}
	return saturate(float64(d) * factor)
}

// saturate converts nanoseconds to a duration, limited to the range of a duration.
func saturate(nanoseconds float64) time.Duration {
	switch {
	case nanoseconds >= math.MaxInt64:
		return math.MaxInt64
	case nanoseconds <= math.MinInt64:
		return math.MinInt64
	}
	return time.Duration(nanoseconds)
}
