// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"slices"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// StorageCredential is a credential that opens a bucket.
type StorageCredential struct {
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"secretKey"`
	// STSToken is the token of a temporary credential.
	STSToken string `json:"stsToken,omitempty"`
}

// opens reports whether the credentials of a configuration open the bucket.
func (s *service) opens(config recorder.StorageConfig) bool {
	return len(s.options.StorageCredentials) == 0 || slices.Contains(s.options.StorageCredentials,
		StorageCredential{AccessKey: config.AccessKey, SecretKey: config.SecretKey, STSToken: config.STSToken})
}

// startFailure returns why the recorder will not come up, or "" if it will.
func (s *service) startFailure(r *recorder.Recorder, client request.Body, admitted bool) recorder.StartFailure {
	switch {
	case r.Mode == recorder.ModeMix && !request.Transcodes(client):
		return recorder.StartFailureTranscoding
	case !s.opens(r.Storage):
		return recorder.StartFailureStorage
	case !admitted:
		return recorder.StartFailureToken
	}
	return ""
}
