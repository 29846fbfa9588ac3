// SPDX-License-Identifier: Apache-2.0

package simtime

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// MaxSpeed is the highest speed of the simulated time. It keeps that within
// the years that can be written.
const MaxSpeed = 1e6

// IsSpeed says whether the simulated time can have a speed.
func IsSpeed(speed float64) bool { return speed > 0 && speed <= MaxSpeed }

// Clock is the time of the simulated service: the base clock's time,
// multiplied by a speed that may change while it runs.
type Clock struct {
	base clock.WithTicker

	mu      sync.Mutex
	speed   float64
	since   time.Time     // of the base clock, when the speed was set
	origin  time.Time     // of the service, when the speed was set
	changed chan struct{} // closed when the speed changes
}

// NewClock returns a clock that shows the time of the base clock now.
func NewClock(base clock.WithTicker, speed float64) *Clock {
	now := base.Now()
	return &Clock{base: base, speed: speed, since: now, origin: now, changed: make(chan struct{})}
}

// Now returns the simulated time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	return c.origin.Add(scale(c.base.Since(c.since), c.speed))
}

// BaseTime returns what the base clock shows at a simulated time, as far as the
// speed is the present one.
func (c *Clock) BaseTime(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since.Add(scale(t.Sub(c.origin), 1/c.speed))
}

// Speed returns how many simulated seconds pass in a second.
func (c *Clock) Speed() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}

// SetSpeed changes the speed from now on; waits under way follow it.
func (c *Clock) SetSpeed(speed float64) error {
	if !IsSpeed(speed) {
		return fmt.Errorf("speed %v: must be above 0, and %v at the most", speed, MaxSpeed)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.origin, c.since, c.speed = c.now(), c.base.Now(), speed
	close(c.changed)
	c.changed = make(chan struct{})
	return nil
}

// WaitUntil returns at the simulated time t, or earlier with the context's error.
func (c *Clock) WaitUntil(ctx context.Context, t time.Time) error {
	for {
		left, changed := c.until(t)
		if left <= 0 {
			return ctx.Err()
		}
		if err := c.waitOnce(ctx, left, t, changed); err != nil {
			return err
		}
	}
}

// waitOnce waits for a duration of the base clock, or until the speed changes.
func (c *Clock) waitOnce(ctx context.Context, d time.Duration, t time.Time, changed <-chan struct{}) error {
	timer := c.base.NewTimer(d)
	defer timer.Stop()
	// A stepped clock may have passed t before the timer was there to see it.
	if left, _ := c.until(t); left <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
		return nil
	case <-timer.C():
		return nil
	}
}

// until returns how long the base clock still has to run before t, rounded
// up, and the channel that tells when this answer no longer holds.
func (c *Clock) until(t time.Time) (time.Duration, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := t.Sub(c.now())
	return saturate(math.Ceil(float64(left) / c.speed)), c.changed
}

func scale(d time.Duration, factor float64) time.Duration {
	if factor == 1 {
		return d
	}
	return saturate(float64(d) * factor)
}

// saturate returns so many nanoseconds, or the longest duration there is.
func saturate(nanoseconds float64) time.Duration {
	switch {
	case nanoseconds >= math.MaxInt64:
		return math.MaxInt64
	case nanoseconds <= math.MinInt64:
		return math.MinInt64
	}
	return time.Duration(nanoseconds)
}
