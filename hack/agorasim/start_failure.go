// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"slices"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// StorageCredential is what opens a bucket.
type StorageCredential struct {
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"secretKey"`
	// STSToken belongs to temporary keys.
	STSToken string `json:"stsToken,omitempty"`
}

// SetStorageCredentials replaces what opens the bucket, for starts and updates
// from now on. Without any, everything does.
func (s *service) SetStorageCredentials(credentials ...StorageCredential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.storageCredentials = slices.Clone(credentials)
}

// opens says whether the credentials of a configuration open the bucket.
func (s *service) opens(config recorder.StorageConfig) bool {
	return len(s.storageCredentials) == 0 || slices.Contains(s.storageCredentials,
		StorageCredential{AccessKey: config.AccessKey, SecretKey: config.SecretKey, STSToken: config.STSToken})
}

// startFailure says why the recorder will not come up; "" if it will.
func (s *service) startFailure(r *recorder.Recorder, client request.Body, admitted bool) StartFailure {
	switch {
	case r.Mode == ModeMix && !request.Transcodes(client):
		return StartFailureTranscoding
	case !s.opens(r.Storage):
		return StartFailureStorage
	case !admitted:
		return StartFailureToken
	}
	return ""
}
