// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

const (
	// RestartDelay is how long after the end of a session the next one is started,
	// and twice as long after each further one that did not last.
	RestartDelay = 10 * time.Second

	// longestRestartDelay bounds that time.
	longestRestartDelay = 5 * time.Minute

	// lastingSession is how long a session must have lasted for the next one to
	// be started soon.
	lastingSession = 10 * time.Minute
)

// isToRestart says whether another session is to be started in place of the one in
// force as soon as its time has come.
func (d *decider) isToRestart() bool {
	return d.awaitsRestart() && !lifecycle.IsSuspended(d.recording)
}

// awaitsRestart says whether another session is to take the place of the one in
// force, which has ended though it was wanted to go on. While the one before still
// records, the next one is tried again in any case.
func (d *decider) awaitsRestart() bool {
	return d.isMissed() && d.hasRoomForSession()
}

// isMissed says whether the current session has ended and another one is wanted.
func (d *decider) isMissed() bool {
	if !lifecycle.StartsItself(d.recording) || !d.isStopped() || d.wantsStop() || lifecycle.IsDeleting(d.recording) || d.beginsNothing() {
		return false
	}
	return lifecycle.MayRestartAfter(d.recording, &d.recording.Status) || !d.haveAllEnded()
}

// hasRoomForSession says whether the status can hold another session, and whether
// there is a user ID for it.
func (d *decider) hasRoomForSession() bool {
	return !d.isFull() && d.recording.Status.SID != "" && nextUID(d.recording, &d.recording.Status) != ""
}

// isFull says whether the status can hold no further session.
func (d *decider) isFull() bool {
	return len(d.recording.Status.Sessions) >= lifecycle.MaxSessions && d.emptySession() < 0
}

// emptySession returns the oldest session for which nothing is left to do and of
// which there is no file, and which may be dropped to make room; -1 if there is none.
func (d *decider) emptySession() int {
	return slices.IndexFunc(d.recording.Status.Sessions, func(session v1alpha1.SessionStatus) bool {
		return lifecycle.IsSettled(&session) && lifecycle.HasEnded(&session) && lifecycle.HasUploaded(&session) && len(session.FileList) == 0
	})
}

// makeRoom drops a session where the status can hold no more, and says so.
func (d *decider) makeRoom() {
	i := d.emptySession()
	if len(d.recording.Status.Sessions) < lifecycle.MaxSessions || i < 0 {
		return
	}
	dropped := d.recording.Status.Sessions[i].SID
	d.plan.Announcements = append(d.plan.Announcements, Announcement{
		Kind: corev1.EventTypeNormal, Reason: v1alpha1.SessionDroppedReason, Text: droppedMessage(dropped),
	})
	delete(d.memory.sessions, dropped)
	d.recording.Status.Sessions = slices.Delete(d.recording.Status.Sessions, i, i+1)
}

// nextToRestart starts another session in place of the one that has ended, once
// its time has come.
func (d *decider) nextToRestart(problem *Problem) {
	due := d.stoppedTime().Add(restartAfter(append(d.recording.Status.Sessions, d.recording.Status.SessionStatus)))
	if due.After(d.observed.Now) || d.observed.InFlight != nil {
		d.nextAfterStop()
		d.requeueAt(due)
		return
	}
	d.beginSession(problem)
}

// restartAfter returns how long after the last of some sessions the next one may
// be started: longer with each of them in a row that did not last.
func restartAfter(sessions []v1alpha1.SessionStatus) time.Duration {
	delay := RestartDelay
	for i := len(sessions) - 2; i >= 0 && delay < longestRestartDelay && !hasLasted(sessions[i+1]); i-- {
		delay *= 2
	}
	return min(delay, longestRestartDelay)
}

func hasLasted(session v1alpha1.SessionStatus) bool {
	return session.StartedTime != nil && session.StoppedTime != nil &&
		session.StoppedTime.Sub(session.StartedTime.Time) >= lastingSession
}
