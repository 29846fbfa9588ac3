// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/controllers/budget"
)

// Pools holds the places of all accounts. It is safe for concurrent use.
type Pools struct {
	clock clock.PassiveClock

	mu     sync.Mutex
	pools  map[Key]*pool
	keys   map[budget.Owner]Key
	limits limits

	// opened means that everything that ran before this process has been counted. Until then,
	// ended holds the recordings that have ended since this process began.
	opened bool
	ended  map[budget.Owner]struct{}

	// pending holds the names of the recordings that must be told to ask again.
	pending map[types.NamespacedName]struct{}
	signal  chan struct{}
}

// New returns Pools that have counted nothing yet. Where a limit is stated, all recordings
// wait until Open is called.
func New(clock clock.PassiveClock) *Pools {
	return &Pools{
		clock: clock, pools: map[Key]*pool{}, keys: map[budget.Owner]Key{}, limits: newLimits(), ended: map[budget.Owner]struct{}{},
		pending: map[types.NamespacedName]struct{}{}, signal: make(chan struct{}, 1),
	}
}

// State notes how many recordings a source allows to run at once for each App ID of an
// account, or zero if it states no limit. If several sources state one, the lowest limit
// counts.
func (p *Pools) State(account budget.Key, source budget.Source, limit int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, changed := range p.limits.state(account, source, limit) {
		p.tellAccount(changed)
	}
}

// Withdraw takes back the limit of a source whose Secret is gone.
func (p *Pools) Withdraw(source budget.Source) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, changed := range p.limits.withdraw(source) {
		p.tellAccount(changed)
	}
}

// Open notes that everything that ran before this process has been counted, so that places
// can be given from now on.
func (p *Pools) Open() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened, p.ended = true, nil
	for key := range p.pools {
		p.tell(key)
	}
}

// Take asks for a place for another session of a recording whose time has come. If there is
// none, the recording waits in the queue and is told when to ask again.
func (p *Pools) Take(key Key, request Request) Place {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	pool, own := p.enter(key, request)
	limit, source := p.limits.of(key.Account)
	if limit > 0 && !p.opened && !own.granted {
		pool.queue.ask(own, now)
		return Place{Waits: true}
	}
	if pool.take(own, limit, now) {
		return Place{}
	}
	place := Place{Waits: true, Limit: limit, Source: source, Overloaded: pool.overload.isActive}
	if pool.overload.rests(now) && pool.head(now) == own {
		place.RetryAt = pool.overload.restUntil
		own.retryAt = place.RetryAt
	}
	return place
}

// Note records how many sessions of a recording run or may run, and whether another one
// should begin, now or when its time has come.
func (p *Pools) Note(key Key, request Request, open int, wants bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	isOver := open == 0 && !wants
	if isOver {
		p.noteEnded(request.Owner)
	}
	if _, ok := p.keys[request.Owner]; !ok && isOver {
		return
	}
	pool, own := p.enter(key, request)
	pool.note(own, open, wants, p.clock.Now())
	if isOver {
		delete(p.keys, request.Owner)
	}
	p.tell(key)
}

// NoteOpen records how many sessions of a recording run if it cannot be started at present
// and its account is unknown. The recording leaves the queue.
func (p *Pools) NoteOpen(owner budget.Owner, open int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, ok := p.keys[owner]
	if !ok {
		return
	}
	p.pools[key].note(p.pools[key].entries[owner], open, false, p.clock.Now())
	if open == 0 {
		delete(p.keys, owner)
	}
	p.tell(key)
}

// Count records what ran or waited before this process, unless something newer is known
// about the recording.
func (p *Pools) Count(key Key, request Request, open int, wants bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, known := p.keys[request.Owner]
	_, ended := p.ended[request.Owner]
	if known || ended || p.opened {
		return
	}
	_, own := p.enter(key, request)
	p.pools[key].note(own, open, wants, p.clock.Now())
}

// Refused notes that Agora has no room for another recording. After a while, one of the
// waiting recordings asks again.
func (p *Pools) Refused(owner budget.Owner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, ok := p.keys[owner]
	if !ok {
		return
	}
	pool := p.pools[key]
	pool.refuse(pool.entries[owner], p.clock.Now())
	p.tell(key)
}

// Accepted notes that Agora has room.
func (p *Pools) Accepted(owner budget.Owner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, ok := p.keys[owner]
	if !ok {
		return
	}
	p.pools[key].overload.accept()
	p.tell(key)
}

// Forget forgets a recording.
func (p *Pools) Forget(owner budget.Owner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noteEnded(owner)
	p.forget(owner)
}

func (p *Pools) noteEnded(owner budget.Owner) {
	if !p.opened {
		p.ended[owner] = struct{}{}
	}
}

func (p *Pools) forget(owner budget.Owner) {
	key, ok := p.keys[owner]
	if !ok {
		return
	}
	delete(p.keys, owner)
	pool := p.pools[key]
	pool.remove(pool.entries[owner], p.clock.Now())
	p.tell(key)
}

// enter returns the pool and the entry of a recording. A recording whose Secret has become
// that of another account moves to another pool.
func (p *Pools) enter(key Key, request Request) (*pool, *entry) {
	if old, ok := p.keys[request.Owner]; ok && old != key {
		p.forget(request.Owner)
	}
	p.keys[request.Owner] = key
	own, ok := p.pools[key]
	if !ok {
		own = newPool()
		p.pools[key] = own
	}
	return own, own.enter(request)
}

func (p *Pools) tellAccount(account budget.Key) {
	for key := range p.pools {
		if key.Account == account {
			p.tell(key)
		}
	}
}

// tell notifies the recordings in a pool that should ask again, and drops the pool if
// nobody uses it.
func (p *Pools) tell(key Key) {
	pool, ok := p.pools[key]
	if !ok {
		return
	}
	now := p.clock.Now()
	pool.recover(now)
	if pool.isIdle(now) {
		delete(p.pools, key)
		return
	}
	limit, _ := p.limits.of(key.Account)
	if limit > 0 && !p.opened {
		return
	}
	for _, next := range pool.worthTelling(limit, now) {
		p.pending[next.Name] = struct{}{}
	}
	if len(p.pending) == 0 {
		return
	}
	select {
	case p.signal <- struct{}{}:
	default:
	}
}
