// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"errors"
	"time"
)

// configureToken reads until when the recorder may be in the channel: a token
// cannot be renewed.
func (s *Simulator) configureToken(r *recorder, request requestBody) {
	token, _ := request.text("token")
	if token != "" && r.mode != ModeWeb && s.options.TokenLifetime > 0 {
		r.tokenExpiresAt = r.startedAt.Add(s.options.TokenLifetime)
	}
}

// ExpireToken ends the recording as an expired RTC token does: the recorder has
// to leave the channel, uploads and exits.
func (s *Simulator) ExpireToken(sid string) error {
	var problem error
	err := s.with(sid, func(r *recorder, at time.Time) {
		if r.mode == ModeWeb {
			problem = errors.New("expire the token: the recording of a web page has none")
			return
		}
		r.endAt(at, at, causeTokenExpired)
	})
	return errors.Join(err, problem)
}
