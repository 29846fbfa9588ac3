// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

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
	return mayRestartAfter(recording, &recording.Status) && !wantsStop(recording)
}

// mayRestartAfter is the same by a status that may not be recorded yet, whatever is
// wanted beside.
func mayRestartAfter(recording *v1alpha1.CloudRecording, status *v1alpha1.CloudRecordingStatus) bool {
	if isDeleting(recording) || completesEmpty(&recording.Spec, status) {
		return false
	}
	switch recording.Spec.RestartPolicy {
	case v1alpha1.RestartPolicyAlways:
		return true
	case v1alpha1.RestartPolicyOnFailure:
		return !wasChannelEmpty(&recording.Spec, status)
	default:
		return false
	}
}

// isToRestart says whether another session is to be started in place of the one in
// force as soon as its time has come.
func (d *decider) isToRestart() bool {
	return d.awaitsRestart() && !isSuspended(d.recording)
}

// awaitsRestart says whether another session is to take the place of the one in
// force, which has ended though it was wanted to go on. While the one before still
// records, the next one is tried again in any case.
func (d *decider) awaitsRestart() bool {
	return d.isMissed() && d.hasRoomForSession()
}

// isMissed says whether the session in force has ended and another one is wanted.
func (d *decider) isMissed() bool {
	if !startsItself(d.recording) || !d.isStopped() || d.wantsStop() || isDeleting(d.recording) || d.beginsNothing() {
		return false
	}
	return mayRestartAfter(d.recording, &d.status) || !d.haveAllEnded()
}

// hasRoomForSession says whether the status can hold another session, and whether
// there is a user ID for it.
func (d *decider) hasRoomForSession() bool {
	return !d.isFull() && d.status.SID != "" && nextUID(d.recording, &d.status) != ""
}

// isFull says whether the status can hold no further session.
func (d *decider) isFull() bool {
	return len(d.status.Sessions) >= maxSessions && d.emptySession() < 0
}

// emptySession returns the oldest session for which nothing is left to do and of
// which there is no file, and which may be dropped to make room; -1 if there is none.
func (d *decider) emptySession() int {
	return slices.IndexFunc(d.status.Sessions, func(session v1alpha1.SessionStatus) bool {
		return isSettled(&session) && hasEnded(&session) && hasUploaded(&session) && len(session.FileList) == 0
	})
}

// makeRoom drops a session where the status can hold no more, and says so.
func (d *decider) makeRoom() {
	i := d.emptySession()
	if len(d.status.Sessions) < maxSessions || i < 0 {
		return
	}
	dropped := d.status.Sessions[i].SID
	d.announcements = append(d.announcements, announcement{
		kind: corev1.EventTypeNormal, reason: v1alpha1.SessionDroppedReason, text: droppedMessage(dropped),
	})
	delete(d.memory.sessions, dropped)
	d.status.Sessions = slices.Delete(d.status.Sessions, i, i+1)
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
