// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

// CompletesEmpty reports whether the recording has come to its normal end because nobody
// was left in the channel.
func CompletesEmpty(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.OnChannelEmpty == v1alpha1.ChannelEmptyPolicyComplete && WasChannelEmpty(recording)
}

// WasChannelEmpty reports whether the current session counts as ended because nobody was
// left in the channel. If the cause is unknown and restartPolicy is OnFailure, one more
// session finds out: in an empty channel it records nothing.
func WasChannelEmpty(recording *v1alpha1.CloudRecording) bool {
	spec, status := &recording.Spec, &recording.Status
	switch CauseOfEnd(spec.Mode, &status.SessionStatus) {
	case EndByEmptyChannel:
		return true
	case EndByOther:
		return false
	case EndUnexplained:
	}
	if spec.RestartPolicy == v1alpha1.RestartPolicyOnFailure {
		return len(status.Sessions) > 0 && len(status.FileList) == 0
	}
	return spec.OnChannelEmpty == v1alpha1.ChannelEmptyPolicyComplete
}

// EndCause is why a recorder ended by itself, as far as that is known.
type EndCause int

const (
	// EndUnexplained means that the cause is unknown.
	EndUnexplained EndCause = iota

	// EndByEmptyChannel means that nobody was left in the channel.
	EndByEmptyChannel

	// EndByOther means that the recorder failed, that its token expired, or that something
	// stopped it.
	EndByOther
)

// CauseOfEnd returns why a session ended. A session that records a page has no channel.
func CauseOfEnd(mode v1alpha1.RecordingMode, session *v1alpha1.SessionStatus) EndCause {
	exit := session.Exit
	switch {
	case ReasonOfEnd(session) != v1alpha1.RecordingEndedReason, mode == v1alpha1.WebMode:
		return EndByOther
	case exit != nil && exit.LeaveCode != nil && *exit.LeaveCode&LeftForNoUsers != 0:
		return EndByEmptyChannel
	case exit != nil && exit.LeaveCode != nil,
		exit != nil && exit.ExitStatus != nil && *exit.ExitStatus != 0,
		session.ServiceStatus != nil && *session.ServiceStatus == serviceExitedAbnormally,
		slices.ContainsFunc(session.Notified, isError),
		HasOutlivedToken(session):
		return EndByOther
	default:
		return EndUnexplained
	}
}

// HasOutlivedToken reports whether a session's token had expired when the session ended, or
// was found to have ended.
func HasOutlivedToken(session *v1alpha1.SessionStatus) bool {
	expires, stopped := session.TokenExpirationTime, session.StoppedTime
	return expires != nil && stopped != nil && !stopped.Add(tokenTolerance).Before(expires.Time)
}

// tokenTolerance is how far Agora's clock, by which tokens expire, may differ from the
// operator's.
const tokenTolerance = time.Minute

func isError(event v1alpha1.NotifiedEvent) bool {
	return notifications.Type(event.EventType) == notifications.CloudRecordingError
}

// serviceExitedAbnormally is Agora's number for a recorder that failed.
const serviceExitedAbnormally = 20

// LeftForNoUsers is the bit in Agora's leaveCode of a recorder that found nobody in the
// channel.
const LeftForNoUsers = 4
