// SPDX-License-Identifier: Apache-2.0

package decision

import "time"

// Settings are the operator's settings that decisions depend on.
type Settings struct {
	// PollInterval is how often a running recording is polled.
	PollInterval time.Duration

	// NotFoundGrace is how long Agora must answer that there is no such recorder before the
	// recording counts as ended. A recorder that is moved to another server is not found for
	// up to 90 seconds, and then goes on.
	NotFoundGrace time.Duration

	// UploadRecheckMin and UploadRecheckMax are the shortest and the longest time between two
	// checks of an upload that is not confirmed.
	UploadRecheckMin time.Duration
	UploadRecheckMax time.Duration

	// UploadSettleTime is how long a bucket must stay unchanged before the files in it that
	// Agora has not named count as complete.
	UploadSettleTime time.Duration
}

// MinUploadSettleTime is the shortest safe UploadSettleTime: a transfer from Agora's backup
// normally takes up to 20 minutes.
const MinUploadSettleTime = 30 * time.Minute

// DefaultSettings returns the default settings.
func DefaultSettings() Settings {
	return Settings{
		PollInterval:     2 * time.Minute,
		NotFoundGrace:    2 * time.Minute,
		UploadRecheckMin: 5 * time.Second,
		UploadRecheckMax: 5 * time.Minute,
		UploadSettleTime: MinUploadSettleTime,
	}
}
