// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// restartDelay is how long after the end of a session the next one is started,
	// and twice as long after each further one that did not last.
	restartDelay = 10 * time.Second

	// longestRestartDelay bounds that time.
	longestRestartDelay = 5 * time.Minute

	// lastingSession is how long a session must have lasted for the next one to
	// be started soon.
	lastingSession = 10 * time.Minute
)

// mayRestart says whether another session may have to be started.
func mayRestart(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.RestartPolicy == v1alpha1.RestartPolicyAlways && !wantsStop(recording) && !isDeleting(recording)
}

// isToRestart says whether another session is to take the place of the one in
// force, which has ended though it was wanted to go on. While the one before still
// records, the next one is tried again in any case.
func (d *decider) isToRestart() bool {
	if !startsItself(d.recording) || !d.isStopped() || d.wantsStop() || isDeleting(d.recording) ||
		isSuspended(d.recording) || d.beginsNothing() || !d.hasRoomForSession() {
		return false
	}
	return mayRestart(d.recording) || !d.haveAllEnded()
}

// hasRoomForSession says whether the status can hold another session, and whether
// there is a user ID for it.
func (d *decider) hasRoomForSession() bool {
	return (len(d.status.Sessions) < maxSessions || d.emptySession() >= 0) && d.status.SID != "" && nextUID(d.recording, &d.status) != ""
}

// emptySession returns the oldest session of which nothing is known but that it has
// ended, without any file, and which may be dropped to make room; -1 if there is none.
func (d *decider) emptySession() int {
	return slices.IndexFunc(d.status.Sessions, func(session v1alpha1.SessionStatus) bool {
		return hasEnded(&session) && len(session.FileList) == 0
	})
}

// nextToRestart starts another session in place of the one that has ended, once
// its time has come.
func (d *decider) nextToRestart(trouble *trouble) {
	due := d.stoppedTime().Add(restartAfter(append(d.status.Sessions, d.status.SessionStatus)))
	if due.After(d.observed.now) || d.observed.underway != nil {
		d.nextAfterStop()
		d.lookAt(due)
		return
	}
	d.beginSession(trouble)
}

// restartAfter returns how long after the last of some sessions the next one may
// be started: longer with each of them in a row that did not last.
func restartAfter(sessions []v1alpha1.SessionStatus) time.Duration {
	delay := restartDelay
	for i := len(sessions) - 2; i >= 0 && delay < longestRestartDelay && !hasLasted(sessions[i+1]); i-- {
		delay *= 2
	}
	return min(delay, longestRestartDelay)
}

func hasLasted(session v1alpha1.SessionStatus) bool {
	return session.StartedTime != nil && session.StoppedTime != nil &&
		session.StoppedTime.Sub(session.StartedTime.Time) >= lastingSession
}
