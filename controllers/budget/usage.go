// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"maps"
	"slices"
)

// Usage describes the state of an account.
type Usage struct {
	// Source is where the account's limit is stated: the first by name if there are several.
	Source Source

	// Limit is the account's limit, and Rate the rate at present, in requests a second. The
	// rate is lower after Agora has refused requests.
	Limit, Rate float64

	// Used counts the turns granted so far, and Waiting the owners that wait for one.
	Used    map[Priority]uint64
	Waiting map[Priority]int
}

// Usage describes every account for which a limit is stated.
func (b *Budgets) Usage() []Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	seen := map[Key]bool{}
	var all []Usage
	for _, source := range slices.Sorted(maps.Keys(b.sources)) {
		key := b.sources[source]
		if !seen[key] {
			seen[key] = true
			all = append(all, b.accounts[key].usage(source))
		}
	}
	return all
}

func (a *Account) usage(source Source) Usage {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	usage := Usage{
		Source:  source,
		Limit:   a.limit.lowest,
		Rate:    a.rate(now),
		Used:    map[Priority]uint64{},
		Waiting: map[Priority]int{},
	}
	if a.throttle.restUntil.After(now) {
		usage.Rate = 0
	}
	for priority := range priorities {
		usage.Used[Priority(priority)] = a.used[priority]
		usage.Waiting[Priority(priority)] = 0
	}
	for _, ticket := range a.queue.owners {
		usage.Waiting[ticket.priority]++
	}
	return usage
}
