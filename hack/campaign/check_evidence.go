// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// checkEvidence looks whether the evidence that the reason of Uploaded=True
// names was there before.
func checkEvidence(r *records) result {
	found := result{promise: "6. at no time Uploaded=True without the evidence that its reason names"}
	evidence, simulated := r.evidence(), r.simulated()
	reasons := map[string]int{}
	for _, h := range r.histories {
		before := ""
		for _, v := range h.versions {
			reason := ""
			if _, known := simulated[sidOf(v.recording)]; !known && len(v.recording.Status.Sessions) > 0 {
				// It was written before any operator saw the object.
				continue
			}
			if isTrue(v.recording, v1alpha1.UploadedCondition) {
				reason = condition(v.recording, v1alpha1.UploadedCondition).Reason
			}
			if reason == before {
				continue
			}
			if before = reason; reason == "" {
				continue
			}
			found.looked++
			reasons[reason]++
			of := reason
			if isOfPlannedSession(v.recording, reason, simulated) {
				// There are files of a session that was written before any operator saw the
				// object. What is to be shown is that the current one has none.
				of = v1alpha1.NoRecordedDataReason
			}
			if since, ok := r.evidenceOf(h, v, of, evidence); !ok || since.After(v.seen) {
				found.violated("The object %s said Uploaded=True by %s at %s, and there was no evidence of that.", h.object, reason, clock(v.seen))
			}
		}
	}
	factsOf(&found, "%d times Uploaded became True by %s", reasons)
	return found
}

// isOfPlannedSession says whether the reason is that of a previous session which only the
// plan knows, since nothing was recorded in the current one.
func isOfPlannedSession(recording *v1alpha1.CloudRecording, reason string, simulated map[string]agorasim.Recording) bool {
	if recording.Status.UploadedReason != v1alpha1.NoRecordedDataReason || reason == v1alpha1.NoRecordedDataReason {
		return false
	}
	return slices.ContainsFunc(recording.Status.Sessions, func(session v1alpha1.SessionStatus) bool {
		_, known := simulated[session.SID]
		return !known && session.UploadedReason == reason
	})
}

// evidenceOf returns since when there was evidence of what a version says.
func (r *records) evidenceOf(h history, v version, reason string, evidence evidence) (since time.Time, ok bool) {
	since, ok = evidence.first(reason, sidsIn(v.recording))
	switch {
	case reason == v1alpha1.VerifiedInStorageReason:
		return v.seen, v.complete
	case reason == v1alpha1.NoRecordedDataReason && !ok:
		return v.seen, r.nothingCameUp(h, v) || r.nothingInChannel(v)
	default:
		return since, ok
	}
}

// nothingCameUp says whether a version tells rightly that a recording was never
// started, or that none came up.
func (r *records) nothingCameUp(h history, v version) bool {
	reason := condition(v.recording, v1alpha1.StoppedCondition).Reason
	if reason != v1alpha1.NothingToStopReason && reason != v1alpha1.StartFailedReason {
		return false
	}
	for _, recording := range r.recordings {
		if h.isOf(recording) && !recording.NeverUp {
			return false
		}
	}
	return true
}

// leftForNoUsers is the bit of leaveCode of a recorder that found nobody in the channel.
const leftForNoUsers = 4

// nothingInChannel says whether a version tells rightly that nobody was in the channel:
// the recorder has said so, and has no file.
func (r *records) nothingInChannel(v version) bool {
	exit := v.recording.Status.Exit
	if exit == nil || exit.LeaveCode == nil || *exit.LeaveCode&leftForNoUsers == 0 {
		return false
	}
	i := slices.IndexFunc(r.recordings, func(recording agorasim.Recording) bool { return recording.SID == sidOf(v.recording) })
	return i >= 0 && len(r.recordings[i].Files) == 0
}

// evidence is since when there was some, by its kind and the sid.
type evidence map[string]map[string]time.Time

// first returns since when there was evidence of any of some recordings.
func (e evidence) first(reason string, sids []string) (first time.Time, ok bool) {
	for _, sid := range sids {
		if since, known := e[reason][sid]; known && (!ok || since.Before(first)) {
			first, ok = since, true
		}
	}
	return first, ok
}

// evidence returns since when there was evidence.
func (r *records) evidence() evidence {
	found := evidence{}
	note := func(reason, sid string, at time.Time) {
		if found[reason] == nil {
			found[reason] = map[string]time.Time{}
		}
		if known, ok := found[reason][sid]; !ok || at.Before(known) {
			found[reason][sid] = at
		}
	}
	for _, a := range r.answers {
		said := said(a.body)
		if said.isUploaded {
			note(v1alpha1.ReportedByAgoraReason, a.sid, a.answered)
		}
		if said.code == codeNoRecordedData {
			note(v1alpha1.NoRecordedDataReason, a.sid, a.answered)
		}
	}
	for _, n := range r.notifications {
		// One that was not answered may have been accepted all the same.
		if n.eventType == notify.EventUploaded && n.signed {
			note(v1alpha1.NotifiedByAgoraReason, n.sid, n.arrived)
		}
	}
	return found
}

// codeNoRecordedData is Agora's code for a recording in which nobody published.
const codeNoRecordedData = 435

// statement is what an answer says of an upload.
type statement struct {
	code       int
	isUploaded bool
}

func said(body []byte) statement {
	var reply struct {
		Code           int            `json:"code"`
		ServerResponse map[string]any `json:"serverResponse"`
	}
	// What is not whole says nothing.
	if json.Unmarshal(body, &reply) != nil {
		return statement{}
	}
	statuses := map[string]bool{}
	visitTexts(reply.ServerResponse, func(key, text string) {
		if key == "uploadingStatus" {
			statuses[text] = true
		}
	})
	return statement{code: reply.Code, isUploaded: len(statuses) == 1 && statuses[recorder.UploadingStatusUploaded]}
}
