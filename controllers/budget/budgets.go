// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Key names an account: its budget is shared by all who give the same key.
type Key string

// Source is where a limit is stated: the Secret that holds it. Several sources
// may state one for the same account.
type Source string

// Budgets holds one Account for every key. It is safe for concurrent use.
type Budgets struct {
	clock clock.PassiveClock

	mu        sync.Mutex
	notBefore time.Time
	accounts  map[Key]*Account
	sources   map[Source]Key
}

// New returns Budgets without any account.
func New(clock clock.PassiveClock) *Budgets {
	return &Budgets{clock: clock, accounts: map[Key]*Account{}, sources: map[Source]Key{}}
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

// Forget gives up an owner's place in every account.
func (b *Budgets) Forget(owner Owner) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, account := range b.accounts {
		account.forget(owner)
	}
}
