// SPDX-License-Identifier: Apache-2.0

package check

import (
	"encoding/json"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// checkEvidence checks that the evidence named by the reason of Uploaded=True existed before
// the condition said so.
func checkEvidence(j judge) Result {
	found := Result{Promise: "6. at no time Uploaded=True without the evidence that its reason names"}
	given := j.evidence()
	reasons := map[string]int{}
	for _, h := range j.Histories {
		before := ""
		for _, v := range h.Versions {
			if _, known := j.simulated[record.SIDOf(v.Recording)]; !known && len(v.Recording.Status.Sessions) > 0 {
				// This status was written before any operator saw the object.
				continue
			}
			reason := ""
			if record.IsTrue(v.Recording, v1alpha1.UploadedCondition) {
				reason = record.Condition(v.Recording, v1alpha1.UploadedCondition).Reason
			}
			isNews := reason != before && reason != ""
			if before = reason; !isNews {
				continue
			}
			found.Looked++
			reasons[reason]++
			of := reason
			if j.isOfPlannedSession(v.Recording, reason) {
				// The files belong to a session that was written before any operator saw the
				// object. Only the current session must be shown to have none.
				of = v1alpha1.NoRecordedDataReason
			}
			if !j.isEvident(h, v, of, given) {
				found.violated("The object %s said Uploaded=True by %s at %s, and there was no evidence of that.", h.Object, reason, record.Clock(v.Seen))
			}
		}
	}
	factsOf(&found, "%d times Uploaded became True by %s", reasons)
	return found
}

// isOfPlannedSession reports whether the reason comes from a previous session that only the
// plan knows, because nothing was recorded in the current session.
func (j judge) isOfPlannedSession(recording *v1alpha1.CloudRecording, reason string) bool {
	if recording.Status.UploadedReason != v1alpha1.NoRecordedDataReason || reason == v1alpha1.NoRecordedDataReason {
		return false
	}
	return slices.ContainsFunc(recording.Status.Sessions, func(session v1alpha1.SessionStatus) bool {
		_, known := j.simulated[session.SID]
		return !known && session.UploadedReason == reason
	})
}

// isEvident reports whether there was evidence for the reason of a version.
func (j judge) isEvident(h record.History, v record.Version, reason string, given evidence) bool {
	if reason == v1alpha1.VerifiedInStorageReason {
		return v.Complete
	}
	isKnown, isInTime := false, false
	for _, sid := range record.SIDsIn(v.Recording) {
		if since, known := given[fact{reason, sid}]; known {
			isKnown, isInTime = true, isInTime || !since.After(v.Seen)
		}
	}
	if isKnown || reason != v1alpha1.NoRecordedDataReason {
		return isInTime
	}
	return j.nothingCameUp(h, v) || j.nothingInChannel(v)
}

// nothingCameUp reports whether a version says, and rightly, that a recording was never started
// or that no recorder came up.
func (j judge) nothingCameUp(h record.History, v record.Version) bool {
	reason := record.Condition(v.Recording, v1alpha1.StoppedCondition).Reason
	if reason != v1alpha1.NothingToStopReason && reason != v1alpha1.StartFailedReason {
		return false
	}
	return !slices.ContainsFunc(j.Recordings, func(recording agorasim.Recording) bool {
		return h.IsOf(recording) && !j.isOfSibling(h, recording.SID) && !recording.NeverUp && recording.StartFailure == ""
	})
}

// isOfSibling reports whether another occurrence of an object's schedule has the recording.
// Occurrences share the channel and uid. An occurrence that is deleted before it begins and
// then made again even has the same name.
func (j judge) isOfSibling(h record.History, sid string) bool {
	return h.Schedule() != plan.Object{} && slices.ContainsFunc(j.Histories, func(other record.History) bool {
		return other.UID != h.UID && other.Schedule() == h.Schedule() && slices.Contains(other.SIDs(), sid)
	})
}

// leftForNoUsers is the bit of leaveCode that a recorder sets if it found nobody in the
// channel.
const leftForNoUsers = 4

// nothingInChannel reports whether a version says, and rightly, that nobody was in the channel:
// the recorder reported that, and has no files.
func (j judge) nothingInChannel(v record.Version) bool {
	exit := v.Recording.Status.Exit
	if exit == nil || exit.LeaveCode == nil || *exit.LeaveCode&leftForNoUsers == 0 {
		return false
	}
	recording, known := j.simulated[record.SIDOf(v.Recording)]
	return known && len(recording.Files) == 0
}

// evidence is the time of the first evidence for each fact.
type evidence map[fact]time.Time

// fact is a reason of Uploaded=True for a recording.
type fact struct{ reason, sid string }

func (e evidence) note(reason, sid string, at time.Time) {
	of := fact{reason, sid}
	if known, ok := e[of]; !ok || at.Before(known) {
		e[of] = at
	}
}

// evidence returns the time of the first evidence for each fact.
func (j judge) evidence() evidence {
	found := evidence{}
	for _, a := range j.Answers {
		code, isUploaded := said(a.Body)
		if isUploaded {
			found.note(v1alpha1.ReportedByAgoraReason, a.SID, a.Answered)
		}
		if code == codeNoRecordedData {
			found.note(v1alpha1.NoRecordedDataReason, a.SID, a.Answered)
		}
	}
	for _, n := range j.Notifications {
		// An event without an answer may have been accepted all the same.
		if n.EventType == notify.EventUploaded && n.Signed {
			found.note(v1alpha1.NotifiedByAgoraReason, n.SID, n.Arrived)
		}
	}
	return found
}

// codeNoRecordedData is Agora's code for a recording in which nobody published.
const codeNoRecordedData = 435

// said returns what an answer says about an upload. An incomplete answer says nothing.
func said(body []byte) (code int, isUploaded bool) {
	var reply struct {
		Code           int            `json:"code"`
		ServerResponse map[string]any `json:"serverResponse"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return 0, false
	}
	statuses := map[string]bool{}
	record.VisitTexts(reply.ServerResponse, func(key, text string) {
		if key == "uploadingStatus" {
			statuses[text] = true
		}
	})
	return reply.Code, len(statuses) == 1 && statuses[recorder.UploadingStatusUploaded]
}
