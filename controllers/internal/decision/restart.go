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
	// RestartDelay is how long after the end of a session the next one is started. It doubles
	// with each further session that did not last.
	RestartDelay = 10 * time.Second

	// longestRestartDelay bounds that delay.
	longestRestartDelay = 5 * time.Minute

	// lastingSession is how long a session must have lasted for the next one to be started
	// soon.
	lastingSession = 10 * time.Minute
)

// isToRestart reports whether another session should replace the current one as soon as its
// time has come.
func isToRestart(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return awaitsRestart(recording, observed) && !lifecycle.IsSuspended(recording)
}

// awaitsRestart reports whether another session should replace the current one, which has
// ended although it should have gone on. While the previous session still records, the next
// one is tried again in any case.
func awaitsRestart(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return isMissed(recording, observed) && hasRoomForSession(recording)
}

// isMissed reports whether the current session has ended and another one is wanted.
func isMissed(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	if !lifecycle.StartsItself(recording) || !lifecycle.HasEnded(&recording.Status.SessionStatus) || lifecycle.WantsStop(recording) || lifecycle.IsDeleting(recording) || observed.Departed {
		return false
	}
	return lifecycle.MayRestart(recording) || !lifecycle.HaveAllEnded(&recording.Status)
}

// hasRoomForSession reports whether the status can hold another session, and whether there
// is a user ID for it.
func hasRoomForSession(recording *v1alpha1.CloudRecording) bool {
	return !isFull(&recording.Status) && recording.Status.SID != "" && nextUID(recording, &recording.Status) != ""
}

// isFull reports whether the status can hold no further session.
func isFull(status *v1alpha1.CloudRecordingStatus) bool {
	return len(status.Sessions) >= lifecycle.MaxSessions && emptySession(status) < 0
}

// emptySession returns the index of the oldest session that may be dropped to make room, or
// -1. Such a session has no files, and nothing is left to do for it.
func emptySession(status *v1alpha1.CloudRecordingStatus) int {
	return slices.IndexFunc(status.Sessions, func(session v1alpha1.SessionStatus) bool {
		return lifecycle.IsSettled(&session) && lifecycle.HasEnded(&session) && lifecycle.HasUploaded(&session) && len(session.FileList) == 0
	})
}

// makeRoom drops a session if the status can hold no more, and announces that.
func makeRoom(status *v1alpha1.CloudRecordingStatus, memory *Memory, plan *Plan) {
	i := emptySession(status)
	if len(status.Sessions) < lifecycle.MaxSessions || i < 0 {
		return
	}
	dropped := status.Sessions[i].SID
	plan.Announcements = append(plan.Announcements, Announcement{
		Kind: corev1.EventTypeNormal, Reason: v1alpha1.SessionDroppedReason, Text: droppedMessage(dropped),
	})
	delete(memory.sessions, dropped)
	status.Sessions = slices.Delete(status.Sessions, i, i+1)
}

// planRestart starts another session in place of the one that has ended, once its time has
// come.
func planRestart(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	due := restartsAt(&recording.Status, observed.Now)
	if due.After(observed.Now) || observed.InFlight != nil {
		planAfterStop(recording, memory, observed, settings, plan)
		plan.AwaitsPlace = true
		plan.requeueAt(observed.Now, due)
		return
	}
	beginSession(recording, memory, observed, settings, plan)
}

// restartsAt returns when another session should replace the one that has ended.
func restartsAt(status *v1alpha1.CloudRecordingStatus, now time.Time) time.Time {
	return stoppedTime(&status.SessionStatus, now).Add(restartAfter(lifecycle.Sessions(status)))
}

// restartAfter returns how long after the last session the next one may be started. The
// delay grows with each session in a row that did not last.
func restartAfter(sessions []*v1alpha1.SessionStatus) time.Duration {
	delay := RestartDelay
	for i := len(sessions) - 2; i >= 0 && delay < longestRestartDelay && !hasLasted(sessions[i+1]); i-- {
		delay *= 2
	}
	return min(delay, longestRestartDelay)
}

func hasLasted(session *v1alpha1.SessionStatus) bool {
	return session.StartedTime != nil && session.StoppedTime != nil &&
		session.StoppedTime.Sub(session.StartedTime.Time) >= lastingSession
}
