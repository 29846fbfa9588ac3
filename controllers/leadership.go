// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sync"
	"time"

	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/controllers/budget"
)

// leadership holds the time since when this process leads.
type leadership struct {
	clock   clock.PassiveClock
	budgets *budget.Budgets

	once   sync.Once
	leadAt time.Time
}

// since returns since when this process leads. The first call sets the time, be it from run or
// from a reconcile that is quicker.
func (l *leadership) since() time.Time {
	l.once.Do(func() {
		l.leadAt = l.clock.Now()
		l.budgets.Begin()
	})
	return l.leadAt
}
