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

// storageRefresh is how often a temporary key for the bucket is sent to Agora. Agora wants
// that once an hour.
const storageRefresh = 45 * time.Minute

// updateCall is a call that sends changes to Agora. The next one begins when it is
// answered.
type updateCall struct {
	action Action
	parts  []clientrequest.Section
}

// updateCalls are all calls that send changes, in their order. The key for the bucket has a
// call of its own: an edit that Agora refuses must not let the key expire.
var updateCalls = [...]updateCall{
	{ActionUpdate, []clientrequest.Section{clientrequest.SectionStorage}},
	{ActionUpdate, []clientrequest.Section{clientrequest.SectionSubscription, clientrequest.SectionPage, clientrequest.SectionPublishing}},
	{ActionUpdateLayout, []clientrequest.Section{clientrequest.SectionLayout}},
}

// callOfStorage is the index of the call that carries the key for the bucket.
const callOfStorage = 0

// changes are the parts that each of the calls should carry.
type changes [len(updateCalls)][]clientrequest.Section

// updateMemory is what is remembered about updates.
type updateMemory struct {
	// inFlight is the last call that was made.
	inFlight attempt

	// call is its index in updateCalls, and parts is what it carries.
	call  int
	parts []clientrequest.Section

	// failed holds the last attempts that failed, by their indexes in updateCalls.
	failed [len(updateCalls)]attempt

	// address is the CDN address that Agora is known to have.
	address string

	// assumed holds the fingerprints that Agora is assumed to have, because no comparable ones
	// were recorded. The assumption is not worth a write, and must not hide later changes.
	assumed clientrequest.Fingerprints
}

// attempt is an attempt to send changes to Agora.
type attempt struct {
	// sent is what the attempt carries, and trigger what else may have affected it. If any of
	// it changes, another attempt is worth making at once.
	sent    clientrequest.Fingerprints
	trigger Trigger

	failures  int
	notBefore time.Time
	problem   Problem
}

func isUpdate(method agora.Method) bool {
	return method == agora.MethodUpdate || method == agora.MethodUpdateLayout
}

// detectUpdates determines what must be sent to Agora, and what prevents that.
func detectUpdates(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan) (pending changes, completed bool) {
	session := &recording.Status.SessionStatus
	if isUpdatable(recording, observed) {
		completed = completeParameters(session, memory, observed)
		detectAddress(session, memory, observed)
		pending = findChanges(session, observed)
	}
	if hasFailedToUpdate(session) && pending.none() {
		// The update is not wanted any more.
		recording.Status.LastError = nil
		plan.problem = Problem{}
	}
	if plan.problem.reason == "" {
		plan.problem = problemOfUpdates(recording, memory, observed, pending)
	}
	return pending, completed
}

// isUpdatable reports whether the recording runs and should go on, and whether it is known
// what Agora can change of it.
func isUpdatable(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return lifecycle.StartsItself(recording) && recording.Status.SID != "" && !lifecycle.HasEnded(&recording.Status.SessionStatus) && !lifecycle.WantsStop(recording) &&
		observed.Parameters.Read && observed.CredentialsProblem == ""
}

// completeParameters assumes that Agora has the present value of each part for which
// nothing is known to have been sent. As far as anybody knows, nothing has changed.
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

// detectAddress keeps an address from being sent again only because the secret that keys
// its fingerprint has changed.
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

// findChanges returns what each of the calls should carry.
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

// hasChanged reports whether a part must be sent to Agora.
func hasChanged(session *v1alpha1.SessionStatus, observed *Observation, part clientrequest.Section) bool {
	sent, present := *clientrequest.Applied(session.Applied, part), observed.Parameters.Fingerprints[part]
	switch {
	case observed.Parameters.Problems[part] != "":
		return false
	case part == clientrequest.SectionStorage:
		// A permanent key is sent in place of a temporary one.
		return sent != present || isStorageStale(session, observed.Now)
	default:
		return present != "" && sent != present
	}
}

// isStorageStale reports whether Agora has had a temporary key for so long that it must be
// sent again.
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

// isUpdating reports whether an edit must be sent to Agora. Nobody waits for the refresh of
// a key for the bucket.
func isUpdating(session *v1alpha1.SessionStatus, pending changes) bool {
	edits := pending
	edits[callOfStorage] = nil
	return !edits.none() && isRecording(session)
}

// hasFailedToUpdate reports whether the last call that failed was an update.
func hasFailedToUpdate(session *v1alpha1.SessionStatus) bool {
	last := session.LastError
	return last != nil && isUpdate(agora.Method(last.Operation))
}

// problemOfUpdates returns what prevents changes from being sent to Agora.
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

// lastTry returns the last attempt to send what a call should carry now, or the zero value
// if there was none.
func lastTry(memory *Memory, observed *Observation, pending changes, call int) attempt {
	last := memory.updates.failed[call]
	if len(pending[call]) == 0 || last.sent != toSend(observed, pending, call) || last.trigger != memory.Trigger {
		return attempt{}
	}
	return last
}

// toSend returns the fingerprints of what a call should carry.
func toSend(observed *Observation, pending changes, call int) clientrequest.Fingerprints {
	sent := clientrequest.Fingerprints{}
	for _, part := range pending[call] {
		sent[part] = observed.Parameters.Fingerprints[part]
	}
	return sent
}

// planUpdate sends a change to Agora, if there is one whose time has come.
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

// noteUncertain makes sure that the parts are sent again if the answer is lost, whatever
// the spec says by then. A key for the bucket that Agora has, and gets again, is not
// uncertain.
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

// noteStartParameters records what a start is called with, before the call. If an earlier
// start may have taken effect, what that was called with may count.
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

// noteSent records the fingerprint of what Agora was sent for a part.
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

// withholdParameters leaves a status unchanged if nothing but assumptions about what was
// sent were added to it: those alone are not worth a write. What is about to be sent is.
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
