// SPDX-License-Identifier: Apache-2.0

package budget

import "time"

// Poll notes whether an owner must be polled regularly.
func (a *Account) Poll(owner Owner, again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if again {
		a.polled[owner] = struct{}{}
	} else {
		delete(a.polled, owner)
	}
}

// PollInterval returns how long it takes to poll all owners once within polling's share of
// the budget.
func (a *Account) PollInterval() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	spacing := pollSpacing(a.spacing(a.clock.Now()))
	longest := float64(longestPollInterval)
	return time.Duration(min(float64(len(a.polled))*float64(spacing), longest))
}
