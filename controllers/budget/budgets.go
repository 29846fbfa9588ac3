// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"maps"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Key identifies an account. All who give the same key share its budget.
type Key string

const (
	// sweepInterval is how often unused accounts are dropped.
	sweepInterval = time.Minute

	// idleTime is how long an account must be unused to be dropped. It is longer than a
	// lowered rate takes to recover.
	idleTime = 10 * time.Minute
)

// Budgets holds one Account for every key. It is safe for concurrent use.
type Budgets struct {
	clock clock.PassiveClock

	mu        sync.Mutex
	notBefore time.Time
	accounts  map[Key]*Account
	sources   map[Source]Key
	swept     time.Time
}

// New returns Budgets without accounts.
func New(clock clock.PassiveClock) *Budgets {
	return &Budgets{clock: clock, accounts: map[Key]*Account{}, sources: map[Source]Key{}, swept: clock.Now()}
}

// Begin marks the time from which this process sends requests. Another process may have
// used up the second before, so the first turn comes a second later.
func (b *Budgets) Begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notBefore = b.clock.Now().Add(window)
}

// Account returns the account for a key. The source states its limit in requests a second.
// If several sources state one, the lowest limit counts, so that nobody can raise
// another's.
func (b *Budgets) Account(key Key, source Source, requestsPerSecond float64) *Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	if old, ok := b.sources[source]; ok && old != key {
		b.accounts[old].withdraw(source)
	}
	b.sources[source] = key
	account, ok := b.accounts[key]
	if !ok {
		account = newAccount(b.clock, b.notBefore)
		b.accounts[key] = account
	}
	account.state(source, requestsPerSecond)
	return account
}

// Withdraw takes back the limit of a source whose Secret is gone. The account's usage is
// kept, so that the account does not return with a fresh budget.
func (b *Budgets) Withdraw(source Source) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if key, ok := b.sources[source]; ok {
		b.accounts[key].withdraw(source)
		delete(b.sources, source)
	}
}

// Forget forgets everything that an account knows about an owner.
func (b *Budgets) Forget(key Key, owner Owner) {
	b.mu.Lock()
	account, ok := b.accounts[key]
	b.mu.Unlock()
	if ok {
		account.remove(owner)
	}
}

// sweep drops the accounts that nobody uses any more.
func (b *Budgets) sweep() {
	now := b.clock.Now()
	if now.Sub(b.swept) < sweepInterval {
		return
	}
	b.swept = now
	maps.DeleteFunc(b.accounts, func(_ Key, account *Account) bool { return account.isIdle(now, idleTime) })
	maps.DeleteFunc(b.sources, func(_ Source, key Key) bool { return b.accounts[key] == nil })
}
