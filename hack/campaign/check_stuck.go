// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
)

// checkStuck looks whether each object was as wanted once nothing disturbed any
// more, or said what a person must do; and whether that unblocked it.
func checkStuck(j judge) result {
	found := result{promise: "3. no object is stuck: each is as wanted, or says what a person must do"}
	reasons := map[string]int{}
	fine := 0
	for _, s := range j.settled {
		found.looked++
		switch s.state {
		case asWanted:
			fine++
		case asksPerson:
			reasons[s.reason]++
			if !isSentence(s.message) {
				found.violated("The object %s waits for a person by %s, and its message is no whole sentence: %q.", s.object, s.reason, s.message)
			}
		case atWork:
			found.violated("The object %s was still at work long after the last disturbance, with the reason %q and the message %q.",
				s.object, s.reason, s.message)
		}
	}
	found.fact("%d objects were left when nothing disturbed any more, and %d of them were as wanted", found.looked, fine)
	factsOf(&found, "%d waited for a person by %s", reasons)
	for _, s := range j.final {
		if s.state != asWanted {
			found.violated("The object %s is %s with the reason %q and the message %q, though a person has done this: %s.",
				s.object, s.state, s.reason, s.message, strings.Join(j.mended[s.object], ", "))
		}
	}
	found.fact("a person acted on %d of them, and %d objects were left in the end", len(j.mended), len(j.final))
	if j.namespaceLeft != nil {
		found.violated("The deleted namespace did not go: %v.", j.namespaceLeft)
	}
	return found
}
