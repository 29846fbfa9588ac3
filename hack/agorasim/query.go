// SPDX-License-Identifier: Apache-2.0

package agorasim

import "net/http"

// query says how a recording is.
func (s *Simulator) query(c *call) outcome {
	r, refusal := s.find(c)
	if refusal != nil {
		return now(refusal)
	}
	body := r.about()
	body.ServerResponse = r.queryResponse(s.clock.Now())
	return now(jsonReply(http.StatusOK, body))
}
