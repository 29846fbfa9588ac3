// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
)

// kind is a kind of faults.
type kind interface{ Validate() error }

// Set is a list of faults of one kind, the oldest first. It is safe for concurrent use.
type Set[F kind] struct {
	// members returns the ID of a fault and how many times it can strike.
	members func(*F) (id *string, times *int)

	mu     sync.Mutex
	count  int
	faults []*F
}

// NewSet returns an empty Set. The function members returns pointers to the ID of a fault
// and to the number of times that it can strike.
func NewSet[F kind](members func(*F) (id *string, times *int)) *Set[F] {
	return &Set[F]{members: members}
}

// AddFault activates a fault and returns its ID.
func (s *Set[F]) AddFault(fault F) (id string, err error) {
	if err := fault.Validate(); err != nil {
		return "", fmt.Errorf("add a fault: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	id = strconv.Itoa(s.count)
	named, _ := s.members(&fault)
	*named = id
	s.faults = append(s.faults, &fault)
	return id, nil
}

// Faults returns the faults that can still strike.
func (s *Set[F]) Faults() []F {
	s.mu.Lock()
	defer s.mu.Unlock()
	faults := make([]F, 0, len(s.faults))
	for _, fault := range s.faults {
		faults = append(faults, *fault)
	}
	return faults
}

// RemoveFault removes a fault, and reports whether it existed.
func (s *Set[F]) RemoveFault(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remove(id)
}

func (s *Set[F]) remove(id string) bool {
	before := len(s.faults)
	s.faults = slices.DeleteFunc(s.faults, func(fault *F) bool {
		named, _ := s.members(fault)
		return *named == id
	})
	return len(s.faults) < before
}

// ClearFaults removes all faults.
func (s *Set[F]) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Strike returns the first fault that matches, or the zero value if there is none.
func (s *Set[F]) Strike(matches func(F) bool) (struck F) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fault := range s.faults {
		if !matches(*fault) {
			continue
		}
		struck = *fault
		if id, times := s.members(fault); *times > 0 {
			if *times--; *times == 0 {
				s.remove(*id)
			}
		}
		break
	}
	return struck
}

// Subject is a call or a notification that faults may strike.
type Subject struct {
	AppID, CName, SID string
}

// IsOf reports whether a subject has all non-empty members of another one.
func (s Subject) IsOf(other Subject) bool {
	return (other.AppID == "" || other.AppID == s.AppID) &&
		(other.CName == "" || other.CName == s.CName) &&
		(other.SID == "" || other.SID == s.SID)
}
