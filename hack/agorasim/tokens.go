// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"maps"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/rtctoken"
)

// SetTokens replaces the required RTC tokens of projects, by App ID. Other projects
// accept any token, or none.
func (s *service) SetTokens(tokens map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = maps.Clone(tokens)
}

// SetAppCertificates replaces the App Certificates of projects, by App ID, for later
// starts. Other projects have none.
func (s *service) SetAppCertificates(certificates map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.appCertificates = maps.Clone(certificates)
}

// admission returns whether a token lets the recorder join its channel, and until when.
// The time is zero if the token does not expire.
func (s *service) admission(r *recorder.Recorder, text string) (until time.Time, admitted bool) {
	if r.Mode == recorder.ModeWeb {
		return time.Time{}, true
	}
	if wanted, wants := s.tokens[r.AppID]; wants && text != wanted {
		return time.Time{}, false
	}
	certificate, certified := s.appCertificates[r.AppID]
	if !certified {
		return time.Time{}, true
	}
	token, err := rtctoken.Parse(text)
	if err != nil || token.AppID != r.AppID || !token.IsSignedWith(certificate) || !token.Admits(r.CName, r.UID) {
		return time.Time{}, false
	}
	until = token.ExpiresAt()
	if s.options.StateClockTime {
		until = s.clock.SimulatedTime(until)
	}
	return until, until.After(r.StartedAt)
}
