// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
	"k8s.io/utils/clock"
)

const (
	// complaintInterval and complaintBurst bound what is logged of each result.
	complaintInterval = 10 * time.Second
	complaintBurst    = 5
)

// complaints logs notifications that were refused, and not more of them than
// somebody could want to read: who sends them decides how many come.
type complaints struct {
	logger logr.Logger
	clock  clock.PassiveClock

	mu       sync.Mutex
	byResult map[Result]*complaint
}

type complaint struct {
	limiter    *rate.Limiter
	suppressed int
}

func newComplaints(logger logr.Logger, clock clock.PassiveClock) *complaints {
	return &complaints{logger: logger, clock: clock, byResult: map[Result]*complaint{}}
}

// about logs a verdict, unless all is well.
func (c *complaints) about(v verdict, sender string) {
	if v.cause == nil {
		return
	}
	suppressed, ok := c.admit(v.result)
	if !ok {
		return
	}
	values := []any{"result", v.result, "from", sender}
	if v.verifiedSID != "" {
		values = append(values, "sid", v.verifiedSID)
	}
	if suppressed > 0 {
		values = append(values, "alikeNotLogged", suppressed)
	}
	if v.result == Unavailable || v.result == Overdrawn {
		c.logger.Error(v.cause, "A notification could not be accepted, and Agora sends it again", values...)
		return
	}
	c.logger.Info("A notification is refused", append(values, "cause", v.cause.Error())...)
}

// admit says whether a line may be logged, and how many were not before it.
func (c *complaints) admit(result Result) (suppressed int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, found := c.byResult[result]
	if !found {
		known = &complaint{limiter: rate.NewLimiter(rate.Every(complaintInterval), complaintBurst)}
		c.byResult[result] = known
	}
	if !known.limiter.AllowN(c.clock.Now(), 1) {
		known.suppressed++
		return 0, false
	}
	suppressed, known.suppressed = known.suppressed, 0
	return suppressed, true
}
