// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"maps"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Key names an account: its budget is shared by all who give the same key.
type Key string

const (
	// sweepInterval is how often accounts that nobody uses any more are dropped.
	sweepInterval = time.Minute

	// idleTime is how long nobody has used such an account: longer than a
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

// New returns Budgets without any account.
func New(clock clock.PassiveClock) *Budgets {
	return &Budgets{clock: clock, accounts: map[Key]*Account{}, sources: map[Source]Key{}, swept: clock.Now()}
}

// Begin says that requests are sent from now on. Another process may have used
// up the last second before, so the first turn comes after it.
func (b *Budgets) Begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notBefore = b.clock.Now().Add(window)
}

// Account returns the account of a key. The source states its limit in
// requests a second; of several limits the lowest counts, so that nobody can
// raise another's.
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

// Withdraw takes a source's limit back: its Secret is gone. What the account
// has used is kept, lest its return begin with a fresh budget.
func (b *Budgets) Withdraw(source Source) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if key, ok := b.sources[source]; ok {
		b.accounts[key].withdraw(source)
		delete(b.sources, source)
	}
}

// Forget forgets all of an owner that an account knows.
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
