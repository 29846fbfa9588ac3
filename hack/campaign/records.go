// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
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

// object names an object.
type object struct{ namespace, name string }

func (o object) String() string { return o.namespace + "/" + o.name }

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

// still is what the recordings at Agora were at a moment.
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

// history is what was seen of an object.
type history struct {
	object   object
	uid      string
	versions []version
	// gone is when it was seen that the object is gone; zero if it is there.
	gone time.Time
}

// version is an object at a time.
type version struct {
	seen      time.Time
	recording *v1alpha1.CloudRecording
	// complete says whether all files were in the bucket at that time, as far as the
	// bucket can show.
	complete bool
}

// last returns the last version of an object.
func (h history) last() *v1alpha1.CloudRecording { return h.versions[len(h.versions)-1].recording }

// sid is that of the object's recording; empty if it never knew one.
func (h history) sid() string {
	for _, v := range slices.Backward(h.versions) {
		if sid := sidOf(v.recording); sid != "" {
			return sid
		}
	}
	return ""
}

// at returns the version that was there at a time; the first if it came later.
func (h history) at(t time.Time) version {
	for _, v := range slices.Backward(h.versions) {
		if !v.seen.After(t) {
			return v
		}
	}
	return h.versions[0]
}

// sidOf returns the sid of an object's recording: adopted, or started.
func sidOf(recording *v1alpha1.CloudRecording) string {
	return cmp.Or(recording.Spec.SID, recording.Status.SID)
}

// starts says whether the operator starts the object's recording.
func (h history) starts() bool { return h.last().Spec.Start != nil }

// isOf says whether a recording at Agora is of the object's channel and uid.
func (h history) isOf(recording agorasim.Recording) bool {
	spec := h.last().Spec
	isUID := spec.UID == recording.UID || spec.Start != nil && slices.Contains(spec.Start.AlternateUIDs, recording.UID)
	return spec.AppID == recording.AppID && spec.CName == recording.CName && isUID
}

// release is the last log record of an object that goes.
type release struct {
	object object
	at     time.Time
	files  []string
	// late says that the log added names after the object had gone.
	late bool
}

// process is an operator that ran.
type process struct {
	number         int
	replica        int
	started, ended time.Time
	// end says how it ended.
	end ending
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

// fileNames returns the names of files that a body of Agora's names, wherever
// they stand.
func fileNames(body []byte) []string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return nil
	}
	var names []string
	visitTexts(value, func(key, text string) {
		if text != "" && isNameKey(key) {
			names = append(names, text)
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// visitTexts visits the members of JSON objects that are texts, wherever they stand.
func visitTexts(value any, visit func(key, text string)) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			visitTexts(element, visit)
		}
	case map[string]any:
		for key, member := range value {
			if text, isText := member.(string); isText {
				visit(key, text)
			}
			visitTexts(member, visit)
		}
	}
}

func isNameKey(key string) bool {
	return key == "fileName" || key == "filename" || key == "fileListStr" || key == "fileList"
}

// log collects records of one kind. It is safe for concurrent use.
type log[R any] struct {
	mu      sync.Mutex
	entries []R
}

func (l *log[R]) add(entry R) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, entry)
}

func (l *log[R]) all() []R {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}
