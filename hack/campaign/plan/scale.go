// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Speed is how many of Agora's seconds pass in one of ours. Everything that is
// waited for shrinks by it, at Agora and by the operator's flags alike, so that
// what is shorter than something else remains so. The limits of requests a
// second, and the order of things, are those of real time.
const Speed = 15

// What Agora's documentation says of times, and the operator's defaults.
const (
	longestMove    = 90 * time.Second
	NotFoundGrace  = 2 * time.Minute
	PollInterval   = 2 * time.Minute
	SoonestRecheck = 5 * time.Second
	LatestRecheck  = 30 * time.Second
	// SettleTime is shorter than the default in proportion: to wait until a bucket
	// counts as settled would take as long as a short campaign.
	SettleTime = 3 * time.Minute
	// longestTransfer is well below settleTime.
	longestTransfer = 80 * time.Second
	longestLatency  = 25 * time.Second
)

// What the operator waits for in real time while it starts a recording, since no
// flag says it, is that long at Agora too.
const (
	// ResourceIDValidity is five minutes of ours.
	ResourceIDValidity = 5 * time.Minute * Speed
	// StartupStep is a second of ours, so that a recorder takes four to come up.
	StartupStep = time.Second * Speed
	// startFailure is more than it takes until a start counts as failed.
	startFailure = 2 * time.Minute
)

// Waiting for evidence, in real time, since it stands in objects.
const (
	ConfirmTimeout  = 20 * time.Second
	deletionTimeout = 8 * time.Second
)

// The election of a leader, which is in real time.
const (
	LeaseDuration = 6 * time.Second
	RenewDeadline = 4 * time.Second
	RetryPeriod   = time.Second
)

// Simulated returns what a duration of ours is at Agora.
func Simulated(d time.Duration) metav1.Duration {
	return metav1.Duration{Duration: d * Speed}
}
