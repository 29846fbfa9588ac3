// SPDX-License-Identifier: Apache-2.0

package capacity

import "cloudrecording.dev/operator/controllers/budget"

// limits holds what Secrets state: how many recordings may run for each App ID of an
// account, or zero for any number.
type limits struct {
	accounts map[budget.Source]budget.Key
	stated   map[budget.Key]map[budget.Source]int
}

func newLimits() limits {
	return limits{accounts: map[budget.Source]budget.Key{}, stated: map[budget.Key]map[budget.Source]int{}}
}

// state notes what a source states, and returns the accounts for which that is a change.
func (l *limits) state(account budget.Key, source budget.Source, limit int) []budget.Key {
	before, known := l.accounts[source]
	if known && before == account && l.stated[account][source] == limit {
		return nil
	}
	changed := append(l.withdraw(source), account)
	l.accounts[source] = account
	if l.stated[account] == nil {
		l.stated[account] = map[budget.Source]int{}
	}
	l.stated[account][source] = limit
	return changed
}

// withdraw forgets a source, and returns the account for which that is a change.
func (l *limits) withdraw(source budget.Source) []budget.Key {
	account, known := l.accounts[source]
	if !known {
		return nil
	}
	delete(l.accounts, source)
	delete(l.stated[account], source)
	if len(l.stated[account]) == 0 {
		delete(l.stated, account)
	}
	return []budget.Key{account}
}

// of returns the lowest limit stated for an account, and the source that states it: the
// first by name if there are several. The limit is zero if none is stated.
func (l *limits) of(account budget.Key) (lowest int, by budget.Source) {
	for source, limit := range l.stated[account] {
		if limit == 0 {
			continue
		}
		if lowest == 0 || limit < lowest || (limit == lowest && source < by) {
			lowest, by = limit, source
		}
	}
	return lowest, by
}
