// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

// storageRefresh is after how long Agora is sent a key for the bucket again that
// is valid for a while only. Agora wants that once an hour.
const storageRefresh = 45 * time.Minute

// updateCall is a call that tells Agora of changes. The next one begins when it
// is answered.
type updateCall struct {
	action action
	parts  []part
}

// updateCalls are those that there are, in their order. The key for the bucket
// goes by itself: an edit that Agora refuses must not let it run out.
var updateCalls = [...]updateCall{
	{actionUpdate, []part{partStorage}},
	{actionUpdate, []part{partSubscription, partPage, partPublishing}},
	{actionUpdateLayout, []part{partLayout}},
}

// callOfStorage is the place of the call that carries the key for the bucket.
const callOfStorage = 0

// changes are the parts that each of the calls is to carry.
type changes [len(updateCalls)][]part

// updateMemory is what is remembered of updates.
type updateMemory struct {
	// underway is the call that was made last.
	underway attempt

	// call is its place among updateCalls, and parts what it carries.
	call  int
	parts []part

	// failed are the last tries that failed, by their places among updateCalls.
	failed [len(updateCalls)]attempt

	// address is the CDN address that Agora is known to have.
	address string

	// assumed are the fingerprints that were taken for those of what Agora has, since
	// none was recorded that tells: that is not worth a write, and must not hide what
	// is changed after it.
	assumed fingerprints
}

// attempt is a try to tell Agora of changes.
type attempt struct {
	// sent is what it carries, and trigger what was wanted and given beside that:
	// if any of it changes, another try is worth making at once.
	sent    fingerprints
	trigger trigger

	failures  int
	notBefore time.Time
	trouble   trouble
}

func isUpdate(method agora.Method) bool {
	return method == agora.MethodUpdate || method == agora.MethodUpdateLayout
}

// noticeUpdates finds out what Agora is to be told of, and what keeps it from that.
func (d *decider) noticeUpdates(trouble *trouble) {
	if d.isUpdatable() {
		d.completeParameters()
		d.noticeAddress()
		d.findChanges()
	}
	if d.hasFailedToUpdate() && d.changes.none() {
		// It is not wanted any more.
		d.status.LastError = nil
		*trouble = troubleOf("", "")
	}
	if trouble.reason == "" {
		*trouble = d.troubleOfUpdates()
	}
}

// isUpdatable says whether the recording runs and is wanted to, and whether what
// Agora can change of it is known.
func (d *decider) isUpdatable() bool {
	return startsItself(d.recording) && d.status.SID != "" && !d.isStopped() && !d.wantsStop() &&
		d.observed.parameters.read && d.observed.credentialsProblem == ""
}

// completeParameters takes what is not known to have been sent for what is there:
// nothing has changed as far as anybody knows.
func (d *decider) completeParameters() {
	if d.status.Applied == nil {
		d.status.Applied = &v1alpha1.AppliedParameters{
			Storage: d.observed.parameters.fingerprints[partStorage], StorageTime: d.status.StartedTime,
		}
		d.completed = true
	}
	for part := range part(parts) {
		sent, present := applied(d.status.Applied, part), d.observed.parameters.fingerprints[part]
		if isComparable(*sent) || present == "" || (*sent == "" && part == partStorage) {
			continue
		}
		assumed := &d.memory.updates.assumed[part]
		if *assumed == "" {
			*assumed = present
		}
		*sent, d.completed = *assumed, true
	}
}

// noticeAddress keeps an address from being sent again because the secret changed
// that its fingerprint is keyed with.
func (d *decider) noticeAddress() {
	seen, sent := d.observed.parameters, d.status.Applied
	present := seen.fingerprints[partPublishing]
	if present == "" || sent.Publishing == uncertain {
		return
	}
	if sent.Publishing != present && seen.address != d.memory.updates.address {
		return
	}
	sent.Publishing, sent.PublishingSecret = present, seen.publishingSecret
	d.memory.updates.address = seen.address
}

func (d *decider) findChanges() {
	for i, call := range updateCalls {
		for _, part := range call.parts {
			if d.hasChanged(part) {
				d.changes[i] = append(d.changes[i], part)
			}
		}
	}
}

// hasChanged says whether Agora is to be told of a part.
func (d *decider) hasChanged(part part) bool {
	sent, present := *applied(d.status.Applied, part), d.observed.parameters.fingerprints[part]
	switch {
	case d.observed.parameters.problems[part] != "":
		return false
	case part == partStorage:
		// One that is valid for good is sent in place of one that is not.
		return sent != present || d.isStorageStale()
	default:
		return present != "" && sent != present
	}
}

// isStorageStale says whether Agora has had a key for a while that is not valid
// for long.
func (d *decider) isStorageStale() bool {
	sent := d.status.Applied
	return sent.Storage != "" && (sent.StorageTime == nil || !d.observed.now.Before(sent.StorageTime.Add(storageRefresh)))
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
	edits := d.changes
	edits[callOfStorage] = nil
	return !edits.none() && d.isRecording()
}

// hasFailedToUpdate says whether the last call that failed was an update.
func (d *decider) hasFailedToUpdate() bool {
	last := d.status.LastError
	return last != nil && isUpdate(agora.Method(last.Operation))
}

// troubleOfUpdates returns what keeps Agora from being told of changes.
func (d *decider) troubleOfUpdates() trouble {
	if !d.isUpdatable() {
		return trouble{}
	}
	for i := range d.changes {
		if trouble := d.lastTry(i).trouble; trouble.reason != "" {
			return trouble
		}
	}
	seen, sent := d.observed.parameters, d.status.Applied
	redirected := sent.Publishing == uncertain || (sent.PublishingSecret != "" && sent.PublishingSecret != seen.publishingSecret)
	switch {
	case seen.problems[partPublishing] != "" && redirected:
		return troubleOf(v1alpha1.StartSecretNotFoundReason, messageCannotUpdate+seen.problems[partPublishing])
	case seen.problems[partStorage] != "" && d.isStorageStale():
		return troubleOf(v1alpha1.StartSecretNotFoundReason, messageCannotUpdate+seen.problems[partStorage])
	default:
		return trouble{}
	}
}

// lastTry returns what came of the last try to send what a call is to carry now;
// its zero value if there was none.
func (d *decider) lastTry(call int) attempt {
	last := d.memory.updates.failed[call]
	if len(d.changes[call]) == 0 || last.sent != d.toSend(call) || last.trigger != d.memory.trigger {
		return attempt{}
	}
	return last
}

// toSend returns the fingerprints of what a call is to carry.
func (d *decider) toSend(call int) fingerprints {
	sent := fingerprints{}
	for _, part := range d.changes[call] {
		sent[part] = d.observed.parameters.fingerprints[part]
	}
	return sent
}

// nextUpdate tells Agora of a change, if there is one whose time has come.
func (d *decider) nextUpdate() {
	if !d.isUpdatable() || !d.isRecording() {
		return
	}
	for i, call := range updateCalls {
		if len(d.changes[i]) == 0 {
			continue
		}
		last := d.lastTry(i)
		d.call(call.action, budget.Start, last.notBefore)
		if d.action == actionNone {
			continue
		}
		d.updates = d.changes[i]
		last.sent, last.trigger = d.toSend(i), d.memory.trigger
		d.memory.updates.underway, d.memory.updates.call, d.memory.updates.parts = last, i, d.updates
		d.noteUncertain(d.updates)
		return
	}
	if sent := d.status.Applied; sent.Storage != "" && sent.StorageTime != nil {
		d.lookAt(sent.StorageTime.Add(storageRefresh))
	}
}

// noteUncertain has the parts sent again if the answer is lost, whatever the spec
// says by then. A key for the bucket that Agora has, and gets again, is none.
func (d *decider) noteUncertain(which []part) {
	for _, part := range which {
		if part == partPublishing {
			d.memory.updates.address = ""
		}
		if sent := applied(d.status.Applied, part); *sent != d.observed.parameters.fingerprints[part] {
			*sent = uncertain
		}
	}
}

// noteStartParameters notes what a start is called with, before that. Where an
// earlier one may have taken effect, what it was called with may count.
func (d *decider) noteStartParameters() {
	seen := d.observed.parameters
	if d.action != actionStart || !seen.read {
		return
	}
	first := d.status.StartRequestedTime == nil || d.status.Applied == nil
	if first {
		d.status.Applied = &v1alpha1.AppliedParameters{}
	}
	for part := range part(parts) {
		sent, present := applied(d.status.Applied, part), seen.fingerprints[part]
		switch {
		case *sent == present:
		case first || d.memory.startsKnown:
			d.noteSent(part, present, d.observed.now)
		default:
			*sent = uncertain
		}
	}
}

// noteSent notes the fingerprint of what Agora was sent of a part.
func (d *decider) noteSent(part part, fingerprint string, at time.Time) {
	*applied(d.status.Applied, part) = fingerprint
	if part != partStorage {
		return
	}
	d.status.Applied.StorageTime = nil
	if fingerprint != "" {
		d.status.Applied.StorageTime = ptr.To(seconds(at))
	}
}

// withholdParameters leaves a status alone to which nothing was added but what was
// taken for sent: that is worth no write by itself. What is about to be sent is.
func (d *decider) withholdParameters() {
	if !d.completed || d.observed.hasNews() || len(d.updates) > 0 {
		return
	}
	status := d.status
	status.Applied = d.recording.Status.Applied
	if equality.Semantic.DeepEqual(status, d.recording.Status) {
		d.status = status
	}
}
