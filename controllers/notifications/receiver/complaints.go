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
	// complaintInterval and complaintBurst limit the log lines about each result. The
	// limit applies to each namespace whose secret signed a notification, and to all
	// other notifications together.
	complaintInterval = 10 * time.Second
	complaintBurst    = 5

	// maxComplaints limits the number of subjects whose log lines are counted.
	maxComplaints = 1024
)

// complaints logs refused notifications. It limits the number of log lines, because the
// senders decide how many notifications arrive.
type complaints struct {
	logger logr.Logger
	clock  clock.PassiveClock

	mu sync.Mutex
	// known holds a *complaint by its subject.
	known *lru.Cache
}

// subject identifies complaints of the same kind.
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

// about logs a verdict unless the notification was accepted.
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
	c.logger.Info("Refused a notification", append(values, "cause", v.cause.Error())...)
}

// admit reports whether a line may be logged, and how many lines were suppressed before
// it.
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
