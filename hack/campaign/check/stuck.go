// SPDX-License-Identifier: Apache-2.0

package check

import (
	"strings"

	"cloudrecording.dev/operator/hack/campaign/record"
)

// checkStuck checks that each object was as wanted once all disturbances had ended, or said
// what a person must do, and that doing so unblocked it.
func checkStuck(j judge) Result {
	found := Result{Promise: "3. no object is stuck: each is as wanted, or says what a person must do"}
	reasons := map[string]int{}
	fine := 0
	for _, s := range j.Settled {
		found.Looked++
		switch s.State {
		case record.AsWanted:
			fine++
		case record.AsksPerson:
			reasons[s.Reason]++
			if !record.IsSentence(s.Message) {
				found.violated("The object %s waits for a person by %s, and its message is no whole sentence: %q.", s.Object, s.Reason, s.Message)
			}
		case record.AtWork:
			found.violated("The object %s was still at work long after the last disturbance, with the reason %q and the message %q.",
				s.Object, s.Reason, s.Message)
		}
	}
	found.fact("%d objects were left when nothing disturbed any more, and %d of them were as wanted", found.Looked, fine)
	factsOf(&found, "%d waited for a person by %s", reasons)
	for _, s := range j.Final {
		if s.State != record.AsWanted {
			found.violated("The object %s is %s with the reason %q and the message %q, though a person has done this: %s.",
				s.Object, s.State, s.Reason, s.Message, strings.Join(j.Mended[s.Object], ", "))
		}
	}
	found.fact("a person acted on %d of them, and %d objects were left in the end", len(j.Mended), len(j.Final))
	if j.NamespaceLeft != nil {
		found.violated("The deleted namespace did not go: %v.", j.NamespaceLeft)
	}
	return found
}
