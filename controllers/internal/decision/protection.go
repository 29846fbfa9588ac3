// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// awaitsProtection reports whether the start waits until its Secrets cannot be deleted
// before the recording is stopped. The deletion of a namespace would delete all of them.
func awaitsProtection(session *v1alpha1.SessionStatus, memory *Memory, observed *Observation, plan *Plan) bool {
	unprotected := observed.Unprotected
	mayRun := session.StartRequestedTime != nil && !memory.StartsKnown
	if unprotected.Name == "" || mayRun || session.ResourceID == "" || session.AcquiredTime == nil {
		return false
	}
	deadline := session.AcquiredTime.Add(protectionTimeout)
	if !unprotected.IsGoing && deadline.After(observed.Now) {
		plan.AwaitsPlace = true
		plan.requeueAt(observed.Now, observed.Now.Add(protectionRecheck), deadline)
		return true
	}
	standStill(memory, observed.Now, plan, problemOf(v1alpha1.SecretNotProtectedReason, unprotected.problem()))
	return true
}

// UnprotectedSecret is a Secret that a recording may need to be stopped, and that may be
// deleted before that. Its zero value is none.
type UnprotectedSecret struct {
	Name string
	// IsGoing means that the Secret is being deleted and can no longer be kept.
	IsGoing bool
}

// problem says what to do to keep the Secret.
func (u UnprotectedSecret) problem() string {
	if u.IsGoing {
		return fmt.Sprintf("The recording is not started: Secret %q is being deleted, and without it the recording could not be stopped. Create it again once it is gone.", u.Name)
	}
	return fmt.Sprintf("The recording is not started: Secret %q has not got the finalizer %s, which keeps it until the recording is stopped."+
		" Look into the operator's log, and at the roles and policies that keep the operator from changing the Secret's finalizers.", u.Name, v1alpha1.InUseFinalizer)
}

const (
	// protectionRecheck is for a Secret that keeps its finalizer after all, which no watch
	// reports.
	protectionRecheck = 200 * time.Millisecond

	// protectionTimeout is how long a start waits for its Secrets to get the finalizer before
	// that is reported.
	protectionTimeout = 30 * time.Second
)
