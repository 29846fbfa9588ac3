// SPDX-License-Identifier: Apache-2.0

package decision

import "time"

// Settings are what of the operator's settings decisions depend on.
type Settings struct {
	// PollInterval is how often a recording that runs is looked after.
	PollInterval time.Duration

	// NotFoundGrace is how long Agora must have answered that there is no such
	// recorder before the recording is taken to have ended: one that is moved
	// to another server is not found for up to 90 seconds, and goes on.
	NotFoundGrace time.Duration

	// UploadRecheckMin and UploadRecheckMax are the shortest and the longest
	// time between two looks at an upload that is not confirmed.
	UploadRecheckMin time.Duration
	UploadRecheckMax time.Duration

	// UploadSettleTime is how long nothing may change in a bucket until files that
	// Agora has not named count as all there are.
	UploadSettleTime time.Duration
}

// MinUploadSettleTime is the shortest UploadSettleTime that is safe: a transfer from
// Agora's backup normally takes up to 20 minutes.
const MinUploadSettleTime = 30 * time.Minute

// DefaultSettings returns the defaults.
func DefaultSettings() Settings {
	return Settings{
		PollInterval:     2 * time.Minute,
		NotFoundGrace:    2 * time.Minute,
		UploadRecheckMin: 5 * time.Second,
		UploadRecheckMax: 5 * time.Minute,
		UploadSettleTime: MinUploadSettleTime,
	}
}
