// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/utils/ptr"

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
	// underway is the call that was made last.
	underway attempt

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
func (d *decider) detectUpdates(problem *Problem) (pending changes, completed bool) {
	if d.isUpdatable() {
		completed = d.completeParameters()
		d.detectAddress()
		pending = d.findChanges()
	}
	if d.hasFailedToUpdate() && pending.none() {
		// It is not wanted any more.
		d.recording.Status.LastError = nil
		*problem = problemOf("", "")
	}
	if problem.reason == "" {
		*problem = d.problemOfUpdates(pending)
	}
	return pending, completed
}

// isUpdatable says whether the recording runs and is wanted to, and whether what
// Agora can change of it is known.
func (d *decider) isUpdatable() bool {
	return lifecycle.StartsItself(d.recording) && d.recording.Status.SID != "" && !d.isStopped() && !d.wantsStop() &&
		d.observed.Parameters.Read && d.observed.CredentialsProblem == ""
}

// completeParameters takes what is not known to have been sent for what is there:
// nothing has changed as far as anybody knows.
func (d *decider) completeParameters() (completed bool) {
	if d.recording.Status.Applied == nil {
		d.recording.Status.Applied = &v1alpha1.AppliedParameters{
			Storage: d.observed.Parameters.Fingerprints[clientrequest.SectionStorage], StorageTime: d.recording.Status.StartedTime,
		}
		completed = true
	}
	for part := range clientrequest.Section(clientrequest.Sections) {
		sent, present := clientrequest.Applied(d.recording.Status.Applied, part), d.observed.Parameters.Fingerprints[part]
		if clientrequest.IsComparable(*sent) || present == "" || (*sent == "" && part == clientrequest.SectionStorage) {
			continue
		}
		assumed := &d.memory.updates.assumed[part]
		if *assumed == "" {
			*assumed = present
		}
		*sent, completed = *assumed, true
	}
	return completed
}

// detectAddress keeps an address from being sent again because the secret changed
// that its fingerprint is keyed with.
func (d *decider) detectAddress() {
	seen, sent := d.observed.Parameters, d.recording.Status.Applied
	present := seen.Fingerprints[clientrequest.SectionPublishing]
	if present == "" || sent.Publishing == clientrequest.Uncertain {
		return
	}
	if sent.Publishing != present && seen.Address != d.memory.updates.address {
		return
	}
	sent.Publishing, sent.PublishingSecret = present, seen.PublishingSecret
	d.memory.updates.address = seen.Address
}

// findChanges returns what each of the calls is to carry.
func (d *decider) findChanges() (found changes) {
	for i, call := range updateCalls {
		for _, part := range call.parts {
			if d.hasChanged(part) {
				found[i] = append(found[i], part)
			}
		}
	}
	return found
}

// hasChanged says whether Agora is to be told of a part.
func (d *decider) hasChanged(part clientrequest.Section) bool {
	sent, present := *clientrequest.Applied(d.recording.Status.Applied, part), d.observed.Parameters.Fingerprints[part]
	switch {
	case d.observed.Parameters.Problems[part] != "":
		return false
	case part == clientrequest.SectionStorage:
		// One that is valid for good is sent in place of one that is not.
		return sent != present || d.isStorageStale()
	default:
		return present != "" && sent != present
	}
}

// isStorageStale says whether Agora has had a key for a while that is not valid
// for long.
func (d *decider) isStorageStale() bool {
	sent := d.recording.Status.Applied
	return sent.Storage != "" && (sent.StorageTime == nil || !d.observed.Now.Before(sent.StorageTime.Add(storageRefresh)))
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
func (d *decider) isUpdating() bool {
	edits := d.pending
	edits[callOfStorage] = nil
	return !edits.none() && d.isRecording()
}

// hasFailedToUpdate says whether the last call that failed was an update.
func (d *decider) hasFailedToUpdate() bool {
	last := d.recording.Status.LastError
	return last != nil && isUpdate(agora.Method(last.Operation))
}

// problemOfUpdates returns what keeps Agora from being told of changes.
func (d *decider) problemOfUpdates(pending changes) Problem {
	if !d.isUpdatable() {
		return Problem{}
	}
	for i := range pending {
		if problem := d.lastTry(pending, i).problem; problem.reason != "" {
			return problem
		}
	}
	seen, sent := d.observed.Parameters, d.recording.Status.Applied
	redirected := sent.Publishing == clientrequest.Uncertain || (sent.PublishingSecret != "" && sent.PublishingSecret != seen.PublishingSecret)
	switch {
	case seen.Problems[clientrequest.SectionPublishing] != "" && redirected:
		return problemOf(v1alpha1.StartSecretNotFoundReason, messageCannotUpdate+seen.Problems[clientrequest.SectionPublishing])
	case seen.Problems[clientrequest.SectionStorage] != "" && d.isStorageStale():
		return problemOf(v1alpha1.StartSecretNotFoundReason, messageCannotUpdate+seen.Problems[clientrequest.SectionStorage])
	default:
		return Problem{}
	}
}

// lastTry returns what came of the last try to send what a call is to carry now;
// its zero value if there was none.
func (d *decider) lastTry(pending changes, call int) attempt {
	last := d.memory.updates.failed[call]
	if len(pending[call]) == 0 || last.sent != d.toSend(pending, call) || last.trigger != d.memory.Trigger {
		return attempt{}
	}
	return last
}

// toSend returns the fingerprints of what a call is to carry.
func (d *decider) toSend(pending changes, call int) clientrequest.Fingerprints {
	sent := clientrequest.Fingerprints{}
	for _, part := range pending[call] {
		sent[part] = d.observed.Parameters.Fingerprints[part]
	}
	return sent
}

// nextUpdate tells Agora of a change, if there is one whose time has come.
func (d *decider) nextUpdate() {
	if !d.isUpdatable() || !d.isRecording() {
		return
	}
	for i, call := range updateCalls {
		if len(d.pending[i]) == 0 {
			continue
		}
		last := d.lastTry(d.pending, i)
		d.call(call.action, budget.Start, last.notBefore)
		if d.plan.Action == ActionNone {
			continue
		}
		d.plan.Updates = d.pending[i]
		last.sent, last.trigger = d.toSend(d.pending, i), d.memory.Trigger
		d.memory.updates.underway, d.memory.updates.call, d.memory.updates.parts = last, i, d.plan.Updates
		d.noteUncertain(d.plan.Updates)
		return
	}
	if sent := d.recording.Status.Applied; sent.Storage != "" && sent.StorageTime != nil {
		d.requeueAt(sent.StorageTime.Add(storageRefresh))
	}
}

// noteUncertain has the parts sent again if the answer is lost, whatever the spec
// says by then. A key for the bucket that Agora has, and gets again, is none.
func (d *decider) noteUncertain(which []clientrequest.Section) {
	for _, part := range which {
		if part == clientrequest.SectionPublishing {
			d.memory.updates.address = ""
		}
		if sent := clientrequest.Applied(d.recording.Status.Applied, part); *sent != d.observed.Parameters.Fingerprints[part] {
			*sent = clientrequest.Uncertain
		}
	}
}

// noteStartParameters notes what a start is called with, before that. Where an
// earlier one may have taken effect, what it was called with may count.
func (d *decider) noteStartParameters() {
	seen := d.observed.Parameters
	if d.plan.Action != ActionStart || !seen.Read {
		return
	}
	first := d.recording.Status.StartRequestedTime == nil || d.recording.Status.Applied == nil
	if first {
		d.recording.Status.Applied = &v1alpha1.AppliedParameters{}
	}
	for part := range clientrequest.Section(clientrequest.Sections) {
		sent, present := clientrequest.Applied(d.recording.Status.Applied, part), seen.Fingerprints[part]
		switch {
		case *sent == present:
		case first || d.memory.StartsKnown:
			d.noteSent(part, present, d.observed.Now)
		default:
			*sent = clientrequest.Uncertain
		}
	}
}

// noteSent notes the fingerprint of what Agora was sent of a part.
func (d *decider) noteSent(part clientrequest.Section, fingerprint string, at time.Time) {
	*clientrequest.Applied(d.recording.Status.Applied, part) = fingerprint
	if part != clientrequest.SectionStorage {
		return
	}
	d.recording.Status.Applied.StorageTime = nil
	if fingerprint != "" {
		d.recording.Status.Applied.StorageTime = ptr.To(seconds(at))
	}
}

// withholdParameters leaves a status alone to which nothing was added but what was
// taken for sent: that is worth no write by itself. What is about to be sent is.
func (d *decider) withholdParameters() {
	if d.observed.HasNews() || len(d.plan.Updates) > 0 {
		return
	}
	withheld := d.recording.Status
	withheld.Applied = d.recorded.Applied
	if equality.Semantic.DeepEqual(withheld, *d.recorded) {
		d.recording.Status = withheld
	}
}
