// SPDX-License-Identifier: Apache-2.0

package agorasim

// takeTurn refuses a call that changes a recording while one before has not
// been answered: Agora asks for one at a time. The returned function ends the
// turn.
func (s *Simulator) takeTurn(c *call) (end func(), refusal *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.recorders[c.sid]
	if !known || !c.route.changes() {
		return func() {}, nil
	}
	if r.changing {
		r.updates.Overlapping++
		return nil, invalidParameter("the call before has not been answered: one at a time")
	}
	r.changing = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		r.changing = false
	}, nil
}

// changes says whether the method changes a recording that goes on.
func (r *route) changes() bool {
	return r.method == MethodUpdate || r.method == MethodUpdateLayout
}
