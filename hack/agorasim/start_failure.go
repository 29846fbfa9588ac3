// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"maps"
	"slices"
	"time"
)

// StartFailure is why the recorder of a start that was accepted does not come
// up.
type StartFailure string

// What Agora finds out only after it has accepted a start.
const (
	// StartFailureToken is a token that does not let the recorder in.
	StartFailureToken StartFailure = "token"
	// StartFailureStorage is credentials that do not open the bucket.
	StartFailureStorage StartFailure = "storage"
	// StartFailureTranscoding is a transcodingConfig that cannot be used.
	StartFailureTranscoding StartFailure = "transcoding"
)

var startFailures = []StartFailure{StartFailureToken, StartFailureStorage, StartFailureTranscoding}

// StorageCredential is what opens a bucket.
type StorageCredential struct {
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"secretKey"`
	// STSToken belongs to temporary keys.
	STSToken string `json:"stsToken,omitempty"`
}

// SetTokens replaces the RTC tokens that projects want, by App ID. A project
// that is not named takes any, or none.
func (s *Simulator) SetTokens(tokens map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = maps.Clone(tokens)
}

// SetStorageCredentials replaces what opens the bucket, for starts and updates
// from now on. Without any, everything does.
func (s *Simulator) SetStorageCredentials(credentials ...StorageCredential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.storageCredentials = slices.Clone(credentials)
}

// opens says whether the credentials of a configuration open the bucket.
func (s *Simulator) opens(config StorageConfig) bool {
	return len(s.storageCredentials) == 0 || slices.Contains(s.storageCredentials,
		StorageCredential{AccessKey: config.AccessKey, SecretKey: config.SecretKey, STSToken: config.STSToken})
}

// startFailure says why the recorder will not come up; "" if it will.
func (s *Simulator) startFailure(r *recorder, request requestBody) StartFailure {
	token, _ := request.text("token")
	wanted, wants := s.tokens[r.appID]
	switch {
	case r.mode == ModeMix && !request.object("recordingConfig").transcodes():
		return StartFailureTranscoding
	case !s.opens(r.storageConfig):
		return StartFailureStorage
	case r.mode != ModeWeb && wants && token != wanted:
		return StartFailureToken
	}
	return ""
}

// failsAt is when a recorder that does not come up is gone.
func (r *recorder) failsAt() time.Time { return r.startedAt.Add(r.startupStep) }
