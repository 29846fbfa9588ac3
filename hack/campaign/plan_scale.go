// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// speed is how many of Agora's seconds pass in one of ours. Everything that is
// waited for shrinks by it, at Agora and by the operator's flags alike, so that
// what is shorter than something else remains so. The limits of requests a
// second, and the order of things, are those of real time.
const speed = 15

// What Agora's documentation says of times, and the operator's defaults.
const (
	longestMove    = 90 * time.Second
	notFoundGrace  = 2 * time.Minute
	pollInterval   = 2 * time.Minute
	soonestRecheck = 5 * time.Second
	latestRecheck  = 30 * time.Second
	// settleTime is shorter than the default in proportion: to wait until a bucket
	// counts as settled would take as long as a short campaign.
	settleTime = 3 * time.Minute
	// longestTransfer is well below settleTime.
	longestTransfer = 80 * time.Second
	longestLatency  = 25 * time.Second
)

// What the operator waits for in real time while it starts a recording, since no
// flag says it, is that long at Agora too.
const (
	// resourceIDValidity is five minutes of ours.
	resourceIDValidity = 5 * time.Minute * speed
	// startupStep is a second of ours, so that a recorder takes four to come up.
	startupStep = time.Second * speed
	// startFailure is more than it takes until a start counts as failed.
	startFailure = 2 * time.Minute
)

// Waiting for evidence, in real time, since it stands in objects.
const (
	confirmTimeout  = 20 * time.Second
	deletionTimeout = 8 * time.Second
)

// The election of a leader, which is in real time.
const (
	leaseDuration = 6 * time.Second
	renewDeadline = 4 * time.Second
	retryPeriod   = time.Second
)

// simulated returns what a duration of ours is at Agora.
func simulated(d time.Duration) metav1.Duration {
	return metav1.Duration{Duration: d * speed}
}
