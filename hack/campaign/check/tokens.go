// SPDX-License-Identifier: Apache-2.0

package check

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/rtctoken"
	"cloudrecording.dev/operator/hack/campaign/record"
)

const (
	longestToken = 24 * time.Hour

	// joinChannel is Agora's number for the privilege to join a channel.
	joinChannel = 1
)

// checkTokens checks that every minted token is for a single session, and that the operator
// acted before the token expired.
func checkTokens(j judge) Result {
	found := Result{Promise: "9. each session has one minted token, which admits it alone, and none goes on with a token that is about to end"}
	minted := map[mint]string{}
	sessions := map[string]string{}
	for _, a := range j.starts {
		token, err := rtctoken.Parse(a.Token)
		if err != nil {
			// The request had no token, or one that was not minted.
			continue
		}
		found.Looked++
		signer := slices.IndexFunc(j.Certificates, token.IsSignedWith)
		if signer < 0 {
			found.violated("The token of the start of %s at %s is signed with no App Certificate that ever stood in a Secret.", a.CName, record.Clock(a.Arrived))
		}
		of := mint{a.ResourceID, signer}
		if before, ok := minted[of]; ok && before != a.Token {
			found.violated("The start of %s was repeated at %s with another token, though with the same resource ID.", a.CName, record.Clock(a.Arrived))
		}
		if resourceID, ok := sessions[a.Token]; ok && resourceID != a.ResourceID {
			found.violated("The token of the start of %s at %s was that of another session before.", a.CName, record.Clock(a.Arrived))
		}
		minted[of], sessions[a.Token] = a.Token, a.ResourceID
		j.findExcess(&found, a, token)
	}
	found.fact("%d tokens were minted for %d requests to start", len(sessions), found.Looked)
	limits := map[string]int{}
	for _, h := range j.Histories {
		if limit := j.limitOf(&found, h); limit != "" {
			limits[limit]++
		}
	}
	factsOf(&found, "%d recordings %s", limits)
	return found
}

// mint identifies a minted token by its session and by the index of the signing certificate.
type mint struct {
	resourceID  string
	certificate int
}

// findExcess checks that a token admits nobody else, and for no longer, than its object's
// status says.
func (j judge) findExcess(found *Result, a record.Answer, token rtctoken.Token) {
	isForThis := token.AppID == a.AppID && token.Channel == a.CName && token.UID == a.UID
	isToJoin := maps.Equal(token.Privileges, map[uint16]time.Duration{joinChannel: token.Lifetime})
	if !isForThis || !isToJoin || token.Lifetime > longestToken {
		found.violated("The token of the start of %s at %s lets user %q join %q of project %s by %v for %s, and is for user %q.",
			a.CName, record.Clock(a.Arrived), token.UID, token.Channel, token.AppID, token.Privileges, token.Lifetime, a.UID)
	}
	h, known := j.startedFor(a.CName, a.ResourceID)
	isSaid := known && slices.ContainsFunc(h.Versions, func(v record.Version) bool {
		said := v.Recording.Status.TokenExpirationTime
		return v.Recording.Status.ResourceID == a.ResourceID && said != nil && said.Time.Equal(token.ExpiresAt()) &&
			!v.Seen.After(a.Arrived.Add(longestMoment))
	})
	if !isSaid {
		found.violated("The token of the start of %s at %s ends at %s, and the status of its object did not say so before.",
			a.CName, record.Clock(a.Arrived), token.ExpiresAt().Format(time.RFC3339))
	}
}

// limitTime is how long it may take to replace a session whose token expires, or to stop it,
// while there are faults.
const limitTime = time.Minute

// limitOf returns what was done about the expiring tokens of an object's sessions, and reports
// those for which nothing was done.
func (j judge) limitOf(found *Result, h record.History) string {
	shown := h.At(j.Quiet.At).Recording
	isGone := !h.Gone.IsZero() && h.Gone.Before(j.Quiet.At)
	if isGone || !shown.DeletionTimestamp.IsZero() || shown.Spec.State == v1alpha1.RecordingStateStopped {
		return ""
	}
	current, isStalled := shown.Status.SessionStatus, record.IsTrue(shown, v1alpha1.StalledCondition)
	switch {
	case isStalled && isUnfollowed(h, shown):
		found.violated("The recording %s of %s has ended, and no other session was begun, though spec.restartPolicy wants that.", current.SID, h.Object)
	case !isStalled && h.HandsOver() && j.isOutdated(current):
		found.violated("The token of the session %s of %s is about to end, and no other session has taken its place.", current.SID, h.Object)
	case shown.Status.StopReason == v1alpha1.StopReasonTokenLifetime:
		return "were stopped before their tokens ended"
	}
	return j.handOverOf(found, h, shown)
}

// isUnfollowed reports whether an object's only session has ended although another was to
// follow.
func isUnfollowed(h record.History, shown *v1alpha1.CloudRecording) bool {
	policy := shown.Spec.RestartPolicy
	return policy != "" && policy != v1alpha1.RestartPolicyNever && len(h.SIDs()) == 1 &&
		record.Condition(shown, v1alpha1.ReadyCondition).Reason == v1alpha1.RecordingEndedReason
}

// handOverOf returns what became of an object's earlier session whose token expires, and
// reports a session that continues although it should have ended.
func (j judge) handOverOf(found *Result, h record.History, shown *v1alpha1.CloudRecording) (limit string) {
	isReplaced, isStalled := shown.Status.SID != "", record.IsTrue(shown, v1alpha1.StalledCondition)
	for _, session := range shown.Status.Sessions {
		if !j.isOutdated(session) {
			continue
		}
		isRunning := j.ranInTheEnd(session.SID)
		switch {
		case isReplaced && isRunning && isStalled && j.isStopRefused(session.SID):
			limit = "wait for a person since Agora refused to stop the session whose place was taken"
		case isReplaced && isRunning:
			found.violated("The session %s of %s goes on beside the one that has taken its place since its token ends.", session.SID, h.Object)
		case isReplaced || !isRunning:
			limit = "were handed over before their tokens ended"
		case !isStalled:
			found.violated("The token of the session %s of %s is about to end, and no other session has taken its place.", session.SID, h.Object)
		case j.isLeftTooLittle(session, stopMargins):
			found.violated("The session %s of %s goes on though its token is about to end and no other session can take its place.", session.SID, h.Object)
		default:
			limit = "wait for a person until another session takes the place of one whose token ends"
		}
	}
	return limit
}

// isStopRefused reports whether Agora rejected the last stop request of a recording as wrong,
// which a person must correct. A 404 with a code is about the recorder.
func (j judge) isStopRefused(sid string) bool {
	var last record.Answer
	for _, answer := range j.Answers {
		if answer.SID == sid && answer.Method == faults.MethodStop && answer.Answered.Before(j.Quiet.At) {
			last = answer
		}
	}
	switch last.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return true
	case http.StatusNotFound:
		code, _ := said(last.Body)
		return code == 0
	default:
		return false
	}
}

// ranInTheEnd reports whether a recording ran when all was quiet.
func (j judge) ranInTheEnd(sid string) bool {
	return slices.ContainsFunc(j.Quiet.Recordings, func(r agorasim.Recording) bool { return r.SID == sid && r.Running })
}

const (
	// handOverMargins is the number of margins left of a token when another session replaces
	// its session.
	handOverMargins = 2
	// stopMargins is the number of margins left of a token when its session is stopped in any
	// case.
	stopMargins = 1
)

// isOutdated reports whether another session should have replaced this one long before all was
// quiet.
func (j judge) isOutdated(session v1alpha1.SessionStatus) bool {
	return session.StartedTime != nil && session.TokenExpirationTime != nil && j.isLeftTooLittle(session, handOverMargins)
}

// isLeftTooLittle reports whether fewer than the given number of margins were left of a
// session's token long before all was quiet.
func (j judge) isLeftTooLittle(session v1alpha1.SessionStatus, margins int) bool {
	return record.TokenLimit(session, margins).Add(limitTime).Before(j.Quiet.At)
}
