// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Speed is the number of simulated seconds per real second. It scales all waits, at Agora and
// in the operator's flags alike, so that their proportions are kept. Rate limits and the order
// of events are those of real time.
const Speed = 15

// Times from Agora's documentation, and the operator's defaults.
const (
	longestMove    = 90 * time.Second
	NotFoundGrace  = 2 * time.Minute
	PollInterval   = 2 * time.Minute
	SoonestRecheck = 5 * time.Second
	LatestRecheck  = 30 * time.Second
	// SettleTime is proportionally shorter than the default. Waiting until a bucket counts as
	// settled would otherwise take as long as a short campaign.
	SettleTime = 3 * time.Minute
	// longestTransfer is well below SettleTime.
	longestTransfer = 80 * time.Second
	longestLatency  = 25 * time.Second
)

// Waits of the operator during a start that no flag configures. The simulator has to use the
// same real time.
const (
	// ResourceIDValidity is five minutes of real time.
	ResourceIDValidity = 5 * time.Minute * Speed
	// StartupStep is a second of real time, so that a recorder takes four seconds to come up.
	StartupStep = time.Second * Speed
	// startFailure exceeds the time until a start counts as failed.
	startFailure = 2 * time.Minute
)

// Waits for evidence. They are in real time because they are part of objects.
const (
	ConfirmTimeout  = 20 * time.Second
	deletionTimeout = 8 * time.Second
)

// The leader election. It is in real time.
const (
	LeaseDuration = 6 * time.Second
	RenewDeadline = 4 * time.Second
	RetryPeriod   = time.Second
)

// Simulated converts a real duration to a simulated one.
func Simulated(d time.Duration) metav1.Duration {
	return metav1.Duration{Duration: d * Speed}
}
