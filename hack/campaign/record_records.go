// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
)

// records are what was seen of a campaign. The checks know nothing else.
type records struct {
	answers       []answer
	notifications []notification
	recordings    []agorasim.Recording
	histories     []history
	releases      []release
	processes     []process
	// troubles are the times in which writing to the API server was disturbed.
	troubles []span
	// unwritable are those in which the status of one object could not be written.
	unwritable []ofObject
	// deadlines are until when stops were to be asked for, and outgrown the statuses
	// that were too large for the API server.
	deadlines []deadline
	outgrown  []outgrown
	accounts  []account
	// stalls are the times in which this process did not get to run.
	stalls []span
	// texts is where secrets must not stand.
	texts []text
	// secrets are all that there ever were, and what each is.
	secrets map[string]string
	// settled is how the objects were once nothing disturbed any more, final how
	// they were after a person had done what they asked for, which mended says.
	settled, final []standing
	mended         map[object][]string
	// quiet is what ran at Agora before a person did anything.
	quiet snapshot
	// namespaceLeft says why the deleted namespace did not go; nil if it did.
	namespaceLeft error
	// journalLeft counts the ConfigMaps with notifications left in the end.
	journalLeft int
}

// span is a time between two others.
type span struct{ begin, end time.Time }

// ofObject is a time of an object's.
type ofObject struct {
	object object
	span
}

// deadline is until when a stop was to be asked of Agora.
type deadline struct {
	object object
	sid    string
	wanted time.Time
	within time.Duration
	// despite is what must not hold it up, in words.
	despite string
}

// outgrown is an object whose status the API server found too large to be kept.
type outgrown struct {
	object  object
	message string
}

// snapshot is what the recordings at Agora were at a moment.
type snapshot struct {
	at         time.Time
	recordings []agorasim.Recording
}

// answer is what Agora said to a request of the operator.
type answer struct {
	process int // of the operator that asked
	method  string
	sid     string
	// resourceID stands in the path, and cname in the body, where there is one.
	resourceID, cname string
	// account is empty where the credentials were not valid.
	account           string
	arrived, answered time.Time
	status            int
	body              []byte
	// whole says that the answer was sent to its end.
	whole bool
}

// notification is a notification, and what the operator answered.
type notification struct {
	eventType int
	sid       string
	body      []byte
	// signed says that Agora signed it.
	signed   bool
	arrived  time.Time
	answered time.Time
	status   int
}

// isAccepted says whether it came from Agora, and the operator has taken it.
func (n notification) isAccepted() bool { return n.signed && n.status == http.StatusOK }

// process is an operator that ran.
type process struct {
	number int
	// log is the path of its log.
	log string
	// end says how it ended, and ended when, if it has.
	end   ending
	ended time.Time
	// frozen are the times in which it was paused.
	frozen []span
}

// ending is how an operator ended.
type ending string

const (
	endKilled     ending = "killed"
	endTerminated ending = "terminated"
	endByItself   ending = "ended by itself"
)

// text is something that people or programs read.
type text struct {
	where   string
	content []byte
}

// clock writes a time such that it is found in the logs.
func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }
