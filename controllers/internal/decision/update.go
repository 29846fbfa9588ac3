// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// storageRefresh is after how long Agora is sent a key for the bucket again that
// is valid for a while only. Agora wants that once an hour.
const storageRefresh = 45 * time.Minute

// updateCall is a call that tells Agora of changes. The next one begins when it
// is answered.
type updateCall struct {
	action Action
	parts  []clientrequest.Section
}

// updateCalls are those that there are, in their order. The key for the bucket
// goes by itself: an edit that Agora refuses must not let it run out.
var updateCalls = [...]updateCall{
	{ActionUpdate, []clientrequest.Section{clientrequest.SectionStorage}},
	{ActionUpdate, []clientrequest.Section{clientrequest.SectionSubscription, clientrequest.SectionPage, clientrequest.SectionPublishing}},
	{ActionUpdateLayout, []clientrequest.Section{clientrequest.SectionLayout}},
}

// callOfStorage is the place of the call that carries the key for the bucket.
const callOfStorage = 0

// changes are the parts that each of the calls is to carry.
type changes [len(updateCalls)][]clientrequest.Section

// updateMemory is what is remembered of updates.
type updateMemory struct {
	// inFlight is the call that was made last.
	inFlight attempt

	// call is its place among updateCalls, and parts what it carries.
	call  int
	parts []clientrequest.Section

	// failed are the last tries that failed, by their places among updateCalls.
	failed [len(updateCalls)]attempt

	// address is the CDN address that Agora is known to have.
	address string

	// assumed are the fingerprints that were taken for those of what Agora has, since
	// none was recorded that tells: that is not worth a write, and must not hide what
	// is changed after it.
	assumed clientrequest.Fingerprints
}

// attempt is a try to tell Agora of changes.
type attempt struct {
	// sent is what it carries, and trigger what was wanted and given beside that:
	// if any of it changes, another try is worth making at once.
	sent    clientrequest.Fingerprints
	trigger Trigger

	failures  int
	notBefore time.Time
	problem   Problem
}

func isUpdate(method agora.Method) bool {
	return method == agora.MethodUpdate || method == agora.MethodUpdateLayout
}

// detectUpdates finds out what Agora is to be told of, and what keeps it from that.
func detectUpdates(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan) (pending changes, completed bool) {
	session := &recording.Status.SessionStatus
	if isUpdatable(recording, observed) {
		completed = completeParameters(session, memory, observed)
		detectAddress(session, memory, observed)
		pending = findChanges(session, observed)
	}
	if hasFailedToUpdate(session) && pending.none() {
		// It is not wanted any more.
		recording.Status.LastError = nil
		plan.problem = Problem{}
	}
	if plan.problem.reason == "" {
		plan.problem = problemOfUpdates(recording, memory, observed, pending)
	}
	return pending, completed
}

// isUpdatable says whether the recording runs and is wanted to, and whether what
// Agora can change of it is known.
func isUpdatable(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return lifecycle.StartsItself(recording) && recording.Status.SID != "" && !lifecycle.HasEnded(&recording.Status.SessionStatus) && !lifecycle.WantsStop(recording) &&
		observed.Parameters.Read && observed.CredentialsProblem == ""
}

// completeParameters takes what is not known to have been sent for what is there:
// nothing has changed as far as anybody knows.
func completeParameters(session *v1alpha1.SessionStatus, memory *Memory, observed *Observation) (completed bool) {
	if session.Applied == nil {
		session.Applied = &v1alpha1.AppliedParameters{
			Storage: observed.Parameters.Fingerprints[clientrequest.SectionStorage], StorageTime: session.StartedTime,
		}
		completed = true
	}
	for part := range clientrequest.Section(clientrequest.Sections) {
		sent, present := clientrequest.Applied(session.Applied, part), observed.Parameters.Fingerprints[part]
		if clientrequest.IsComparable(*sent) || present == "" || (*sent == "" && part == clientrequest.SectionStorage) {
			continue
		}
		assumed := &memory.updates.assumed[part]
		if *assumed == "" {
			*assumed = present
		}
		*sent, completed = *assumed, true
	}
	return completed
}

// detectAddress keeps an address from being sent again because the secret changed
// that its fingerprint is keyed with.
func detectAddress(session *v1alpha1.SessionStatus, memory *Memory, observed *Observation) {
	seen, sent := observed.Parameters, session.Applied
	present := seen.Fingerprints[clientrequest.SectionPublishing]
	if present == "" || sent.Publishing == clientrequest.Uncertain {
		return
	}
	if sent.Publishing != present && seen.Address != memory.updates.address {
		return
	}
	sent.Publishing, sent.PublishingSecret = present, seen.PublishingSecret
	memory.updates.address = seen.Address
}

// findChanges returns what each of the calls is to carry.
func findChanges(session *v1alpha1.SessionStatus, observed *Observation) (found changes) {
	for i, call := range updateCalls {
		for _, part := range call.parts {
			if hasChanged(session, observed, part) {
				found[i] = append(found[i], part)
			}
		}
	}
	return found
}

// hasChanged says whether Agora is to be told of a part.
func hasChanged(session *v1alpha1.SessionStatus, observed *Observation, part clientrequest.Section) bool {
	sent, present := *clientrequest.Applied(session.Applied, part), observed.Parameters.Fingerprints[part]
	switch {
	case observed.Parameters.Problems[part] != "":
		return false
	case part == clientrequest.SectionStorage:
		// One that is valid for good is sent in place of one that is not.
		return sent != present || isStorageStale(session, observed.Now)
	default:
		return present != "" && sent != present
	}
}

// isStorageStale says whether Agora has had a key for a while that is not valid
// for long.
func isStorageStale(session *v1alpha1.SessionStatus, now time.Time) bool {
	sent := session.Applied
	return sent.Storage != "" && (sent.StorageTime == nil || !now.Before(sent.StorageTime.Add(storageRefresh)))
}

func (c changes) none() bool {
	for _, parts := range c {
		if len(parts) > 0 {
			return false
		}
	}
	return true
}

// isUpdating says whether Agora is to be told of an edit. That a key for the
// bucket is refreshed is nothing that anybody waits for.
func isUpdating(session *v1alpha1.SessionStatus, pending changes) bool {
	edits := pending
	edits[callOfStorage] = nil
	return !edits.none() && isRecording(session)
}

// hasFailedToUpdate says whether the last call that failed was an update.
func hasFailedToUpdate(session *v1alpha1.SessionStatus) bool {
	last := session.LastError
	return last != nil && isUpdate(agora.Method(last.Operation))
}

// problemOfUpdates returns what keeps Agora from being told of changes.
func problemOfUpdates(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, pending changes) Problem {
	if !isUpdatable(recording, observed) {
		return Problem{}
	}
	for i := range pending {
		if problem := lastTry(memory, observed, pending, i).problem; problem.reason != "" {
			return problem
		}
	}
	seen, sent := observed.Parameters, recording.Status.Applied
	redirected := sent.Publishing == clientrequest.Uncertain || (sent.PublishingSecret != "" && sent.PublishingSecret != seen.PublishingSecret)
	switch {
	case seen.Problems[clientrequest.SectionPublishing] != "" && redirected:
		return problemOf(v1alpha1.StartSecretNotFoundReason, messageCannotUpdate+seen.Problems[clientrequest.SectionPublishing])
	case seen.Problems[clientrequest.SectionStorage] != "" && isStorageStale(&recording.Status.SessionStatus, observed.Now):
		return problemOf(v1alpha1.StartSecretNotFoundReason, messageCannotUpdate+seen.Problems[clientrequest.SectionStorage])
	default:
		return Problem{}
	}
}

// lastTry returns what came of the last try to send what a call is to carry now;
// its zero value if there was none.
func lastTry(memory *Memory, observed *Observation, pending changes, call int) attempt {
	last := memory.updates.failed[call]
	if len(pending[call]) == 0 || last.sent != toSend(observed, pending, call) || last.trigger != memory.Trigger {
		return attempt{}
	}
	return last
}

// toSend returns the fingerprints of what a call is to carry.
func toSend(observed *Observation, pending changes, call int) clientrequest.Fingerprints {
	sent := clientrequest.Fingerprints{}
	for _, part := range pending[call] {
		sent[part] = observed.Parameters.Fingerprints[part]
	}
	return sent
}

// planUpdate tells Agora of a change, if there is one whose time has come.
func planUpdate(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan, pending changes) {
	session := &recording.Status.SessionStatus
	if !isUpdatable(recording, observed) || !isRecording(session) {
		return
	}
	for i, call := range updateCalls {
		if len(pending[i]) == 0 {
			continue
		}
		last := lastTry(memory, observed, pending, i)
		plan.call(memory, observed.Now, call.action, budget.Start, last.notBefore)
		if plan.Action == ActionNone {
			continue
		}
		plan.Updates = pending[i]
		last.sent, last.trigger = toSend(observed, pending, i), memory.Trigger
		memory.updates.inFlight, memory.updates.call, memory.updates.parts = last, i, plan.Updates
		noteUncertain(session, memory, observed, plan.Updates)
		return
	}
	if sent := recording.Status.Applied; sent.Storage != "" && sent.StorageTime != nil {
		plan.requeueAt(observed.Now, sent.StorageTime.Add(storageRefresh))
	}
}

// noteUncertain has the parts sent again if the answer is lost, whatever the spec
// says by then. A key for the bucket that Agora has, and gets again, is none.
func noteUncertain(session *v1alpha1.SessionStatus, memory *Memory, observed *Observation, which []clientrequest.Section) {
	for _, part := range which {
		if part == clientrequest.SectionPublishing {
			memory.updates.address = ""
		}
		if sent := clientrequest.Applied(session.Applied, part); *sent != observed.Parameters.Fingerprints[part] {
			*sent = clientrequest.Uncertain
		}
	}
}

// noteStartParameters notes what a start is called with, before that. Where an
// earlier one may have taken effect, what it was called with may count.
func noteStartParameters(session *v1alpha1.SessionStatus, memory *Memory, observed *Observation, plan *Plan) {
	seen := observed.Parameters
	if plan.Action != ActionStart || !seen.Read {
		return
	}
	first := session.StartRequestedTime == nil || session.Applied == nil
	if first {
		session.Applied = &v1alpha1.AppliedParameters{}
	}
	for part := range clientrequest.Section(clientrequest.Sections) {
		sent, present := clientrequest.Applied(session.Applied, part), seen.Fingerprints[part]
		switch {
		case *sent == present:
		case first || memory.StartsKnown:
			noteSent(session, part, present, observed.Now)
		default:
			*sent = clientrequest.Uncertain
		}
	}
}

// noteSent notes the fingerprint of what Agora was sent of a part.
func noteSent(session *v1alpha1.SessionStatus, part clientrequest.Section, fingerprint string, at time.Time) {
	*clientrequest.Applied(session.Applied, part) = fingerprint
	if part != clientrequest.SectionStorage {
		return
	}
	session.Applied.StorageTime = nil
	if fingerprint != "" {
		session.Applied.StorageTime = stampOf(at)
	}
}

// withholdParameters leaves a status alone to which nothing was added but what was
// taken for sent: that is worth no write by itself. What is about to be sent is.
func withholdParameters(status, recorded *v1alpha1.CloudRecordingStatus, observed *Observation, plan *Plan) {
	if observed.HasNews() || len(plan.Updates) > 0 {
		return
	}
	withheld := *status
	withheld.Applied = recorded.Applied
	if equality.Semantic.DeepEqual(withheld, *recorded) {
		*status = withheld
	}
}
