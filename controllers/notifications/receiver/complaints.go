// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
)

const (
	// complaintInterval and complaintBurst bound what is logged of each result, for
	// each namespace whose secret has signed, and for all others together.
	complaintInterval = 10 * time.Second
	complaintBurst    = 5

	// maxComplaints bounds of how many is remembered what was logged.
	maxComplaints = 1024
)

// complaints logs notifications that were refused, and not more of them than
// somebody could want to read: who sends them decides how many come.
type complaints struct {
	logger logr.Logger
	clock  clock.PassiveClock

	mu sync.Mutex
	// known holds a *complaint by its subject.
	known *lru.Cache
}

// subject is what complaints are alike about.
type subject struct {
	result    Result
	namespace string
}

type complaint struct {
	limiter    *rate.Limiter
	suppressed int
}

func newComplaints(logger logr.Logger, clock clock.PassiveClock) *complaints {
	return &complaints{logger: logger, clock: clock, known: lru.New(maxComplaints)}
}

// about logs a verdict, unless all is well.
func (c *complaints) about(v verdict, sender string) {
	if v.cause == nil {
		return
	}
	suppressed, ok := c.admit(subject{result: v.result, namespace: v.verifiedNamespace})
	if !ok {
		return
	}
	values := []any{"result", v.result, "from", sender}
	if v.verifiedSID != "" {
		values = append(values, "sid", v.verifiedSID, "namespace", v.verifiedNamespace)
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
func (c *complaints) admit(about subject) (suppressed int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, _ := c.known.Get(about)
	known, ok := found.(*complaint)
	if !ok {
		known = &complaint{limiter: rate.NewLimiter(rate.Every(complaintInterval), complaintBurst)}
		c.known.Add(about, known)
	}
	if !known.limiter.AllowN(c.clock.Now(), 1) {
		known.suppressed++
		return 0, false
	}
	suppressed, known.suppressed = known.suppressed, 0
	return suppressed, true
}
