// SPDX-License-Identifier: Apache-2.0

package controllers

import "cloudrecording.dev/operator/controllers/internal/decision"

// Settings are the operator's own settings, the same for all recordings.
type Settings struct {
	decision.Settings

	// RequestsPerSecond is the request limit of an account whose Secret states none.
	RequestsPerSecond float64

	// MaxConcurrentReconciles is how many recordings are reconciled at once. Calls to Agora run
	// in the background and do not count.
	MaxConcurrentReconciles int
}

// MinUploadSettleTime is the shortest UploadSettleTime that is safe.
const MinUploadSettleTime = decision.MinUploadSettleTime

// DefaultSettings returns the defaults.
func DefaultSettings() Settings {
	return Settings{Settings: decision.DefaultSettings(), RequestsPerSecond: 10, MaxConcurrentReconciles: 16}
}
