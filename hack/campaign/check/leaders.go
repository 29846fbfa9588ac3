// SPDX-License-Identifier: Apache-2.0

package check

import (
	"encoding/json"
	"net/http"
	"slices"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// checkLeaders looks for requests of processes that did not lead, and for starts and stops that
// were requested again after the same or another process had received the answer.
func checkLeaders(j judge) Result {
	found := Result{Promise: "10. no process asks Agora that does not lead, and none asks again for a start or a stop that was answered"}
	j.findUnled(&found)
	j.findRepeated(&found)
	return found
}

// findUnled looks for requests of a process that had never held the lease, had released it, or
// had lost it to another process.
func (j judge) findUnled(found *Result) {
	terms := j.terms()
	leaseOf := map[int]string{}
	for _, w := range j.Leases {
		leaseOf[w.Process] = w.Lease
	}
	doubtful := 0
	for _, a := range j.Answers {
		found.Looked++
		last, isKnown := termAt(terms[leaseOf[a.Process]], a)
		switch {
		case isKnown && last.IsHeld && last.Process == a.Process:
		case isKnown && a.Arrived.Sub(last.At) <= j.lag(a.Arrived):
			// The request may have arrived before the change.
			doubtful++
		case !isKnown:
			found.violated("Process %d asked for %s of %s%s at %s, and had never led.", a.Process, a.Method, a.CName, a.SID, record.Clock(a.Arrived))
		case last.IsHeld:
			found.violated("Process %d asked for %s of %s%s at %s, and process %d had led since %s.",
				a.Process, a.Method, a.CName, a.SID, record.Clock(a.Arrived), last.Process, record.Clock(last.At))
		default:
			found.violated("Process %d asked for %s of %s%s at %s, and had released the lease at %s.",
				a.Process, a.Method, a.CName, a.SID, record.Clock(a.Arrived), record.Clock(last.At))
		}
	}
	changes := 0
	for _, term := range terms {
		changes += len(term) - 1
	}
	found.Looked = min(found.Looked, changes)
	found.fact("leaders changed %d times", changes)
	if doubtful > 0 {
		found.fact("%d requests seemed to come from a process that did not lead by no more than this process was late to note them", doubtful)
	}
}

// terms returns the acquisitions and releases of each lease, in order.
func (j judge) terms() map[string][]record.LeaseWrite {
	terms := map[string][]record.LeaseWrite{}
	for _, w := range j.Leases {
		before := terms[w.Lease]
		isRenewal := len(before) > 0 && before[len(before)-1].Process == w.Process && before[len(before)-1].IsHeld == w.IsHeld
		if !isRenewal {
			terms[w.Lease] = append(before, w)
		}
	}
	return terms
}

// termAt returns the last change of a lease before a request arrived.
func termAt(terms []record.LeaseWrite, a record.Answer) (record.LeaseWrite, bool) {
	for _, term := range slices.Backward(terms) {
		if !term.At.After(a.Arrived) {
			return term, true
		}
	}
	return record.LeaseWrite{}, false
}

// findRepeated looks for starts and stops that were requested again after an answer. A
// repetition is excused if the process with the answer could not keep it. A repeated stop is
// also excused if the recording was seen running in between.
func (j judge) findRepeated(found *Result) {
	excuses, answered := map[string]int{}, map[string]int{}
	for _, a := range j.Answers {
		if !isSettled(a) {
			continue
		}
		answered[a.Method]++
		again, isAgain := j.repetitionOf(a)
		if !isAgain {
			continue
		}
		h, ok := j.historyOf(a)
		if !ok {
			continue
		}
		if excuse := j.excuseOf(a, h.Object); excuse != "" {
			excuses[excuse]++
			continue
		}
		found.violated("Process %d asked for %s of %s again at %s, which process %d had been answered at %s.",
			again.Process, a.Method, h.Object, record.Clock(again.Arrived), a.Process, record.Clock(a.Answered))
	}
	factsOf(found, "%d requests to %s were answered for good", answered)
	factsOf(found, "%d times one was repeated, and excused, since %s", excuses)
}

// isSettled reports whether an answer is final: the sid of a start, or the state of a stopped
// recording.
func isSettled(a record.Answer) bool {
	switch a.Method {
	case faults.MethodStart:
		return sidGivenOut(a) != ""
	case faults.MethodStop:
		return a.Whole && a.Status == http.StatusOK && saysState(a.Body)
	default:
		return false
	}
}

// saysState reports whether a body contains the state of a recorder.
func saysState(body []byte) bool {
	var reply struct {
		ServerResponse map[string]any `json:"serverResponse"`
	}
	return json.Unmarshal(body, &reply) == nil && len(reply.ServerResponse) > 0
}

// repetitionOf returns the first later request that repeats an answered one.
func (j judge) repetitionOf(a record.Answer) (again record.Answer, isAgain bool) {
	for _, other := range j.Answers {
		isSame := other.Method == a.Method && other.ResourceID == a.ResourceID && other.SID == a.SID
		if !isSame || !other.Arrived.After(a.Answered) || a.Method == faults.MethodStop && j.isSeenRunning(a, other) {
			continue
		}
		if !isAgain || other.Arrived.Before(again.Arrived) {
			again, isAgain = other, true
		}
	}
	return again, isAgain
}

// isSeenRunning reports whether a query between two stop requests was answered that the
// recorder still records.
func (j judge) isSeenRunning(a, again record.Answer) bool {
	return slices.ContainsFunc(j.Answers, func(q record.Answer) bool {
		isBetween := q.Answered.After(a.Arrived) && !q.Answered.After(again.Arrived)
		return q.Method == faults.MethodQuery && q.SID == a.SID && isBetween && q.Status == http.StatusOK && saysRunning(q.Body)
	})
}

// saysRunning reports whether the answer to a query says that the recorder records.
func saysRunning(body []byte) bool {
	var reply struct {
		ServerResponse struct {
			Status int `json:"status"`
		} `json:"serverResponse"`
	}
	return json.Unmarshal(body, &reply) == nil && reply.ServerResponse.Status > 0 && reply.ServerResponse.Status <= recorder.StatusInProgress
}

// historyOf returns the history of the object that a request was about.
func (j judge) historyOf(a record.Answer) (record.History, bool) {
	if a.Method == faults.MethodStart {
		return j.startedFor(a.CName, a.ResourceID)
	}
	for _, h := range j.Histories {
		if slices.Contains(h.SIDs(), a.SID) {
			return h, true
		}
	}
	return record.History{}, false
}
