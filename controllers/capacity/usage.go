// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"cmp"
	"maps"
	"slices"

	"cloudrecording.dev/operator/controllers/budget"
)

// Usage is how many of an account's places are taken.
type Usage struct {
	// Source is the Secret that names the account: the first by name if there are several.
	Source budget.Source

	// Running is how many sessions run or may run for the App ID that has the most.
	Running int

	// Waiting is how many recordings wait for a place although their time has come.
	Waiting int

	// Limit is how many recordings may run for each App ID; zero for any number.
	Limit int
}

// Usage describes every account that a Secret names.
func (p *Pools) Usage() []Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	byAccount := map[budget.Key]Usage{}
	for account, stated := range p.limits.stated {
		limit, _ := p.limits.of(account)
		byAccount[account] = Usage{Source: slices.Min(slices.Collect(maps.Keys(stated))), Limit: limit}
	}
	for key, pool := range p.pools {
		usage, ok := byAccount[key.Account]
		if !ok {
			continue
		}
		usage.Running = max(usage.Running, pool.taken-pool.granted)
		for _, waiting := range pool.queue.entries {
			usage.Waiting += count(waiting.isDue(now))
		}
		byAccount[key.Account] = usage
	}
	return slices.SortedFunc(maps.Values(byAccount), func(a, b Usage) int { return cmp.Compare(a.Source, b.Source) })
}
