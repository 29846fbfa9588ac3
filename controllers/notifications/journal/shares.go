// SPDX-License-Identifier: Apache-2.0

package journal

import "math"

// amount is a quantity with two limits.
type amount struct {
	bytes int
	items int
}

func (a amount) plus(b amount) amount {
	return amount{bytes: a.bytes + b.bytes, items: a.items + b.items}
}

func (a amount) minus(b amount) amount {
	return amount{bytes: a.bytes - b.bytes, items: a.items - b.items}
}

// shares divides a capacity among namespaces. Each namespace may take as much as is free.
// So one namespace that takes all it can leaves a half, two leave a third, and there is
// always something left for another.
type shares struct {
	capacity amount
	taken    amount
	byOwner  map[string]amount
}

func newShares(capacity amount) *shares {
	return &shares{capacity: capacity, byOwner: map[string]amount{}}
}

func (s *shares) take(namespace string, more amount) {
	s.taken = s.taken.plus(more)
	s.byOwner[namespace] = s.byOwner[namespace].plus(more)
}

func (s *shares) giveBack(namespace string, less amount) {
	s.taken = s.taken.minus(less)
	if left := s.byOwner[namespace].minus(less); left != (amount{}) {
		s.byOwner[namespace] = left
		return
	}
	delete(s.byOwner, namespace)
}

// fill returns how full the share of a namespace would be if it took this much more.
// Above 1, it is too much.
func (s *shares) fill(namespace string, more amount) float64 {
	wanted := s.byOwner[namespace].plus(more)
	free := s.capacity.minus(s.taken)
	return max(ratio(wanted.bytes, free.bytes), ratio(wanted.items, free.items))
}

// fullest returns how full the fullest share of all namespaces is.
func (s *shares) fullest() float64 {
	fullest := 0.0
	for namespace := range s.byOwner {
		fullest = max(fullest, s.fill(namespace, amount{}))
	}
	return fullest
}

func ratio(wanted, free int) float64 {
	switch {
	case wanted <= 0:
		return 0
	case free <= 0:
		return math.Inf(1)
	default:
		return float64(wanted) / float64(free)
	}
}
