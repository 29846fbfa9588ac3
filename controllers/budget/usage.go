// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"maps"
	"slices"
)

// Usage is how an account stands.
type Usage struct {
	// Source is where the account's limit is stated: the first, by name, of
	// several.
	Source Source

	// Limit is the account's limit and Rate what is used of it at present, in
	// requests a second: less, after Agora refused some.
	Limit, Rate float64

	// Used counts the turns granted so far, Waiting those that are waited for.
	Used    map[Priority]uint64
	Waiting map[Priority]int
}

// Usage returns how the accounts stand that have a limit stated.
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
