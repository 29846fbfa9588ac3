// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

var nine = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

const lessonSID = "cb711ab5d643d4531efd86c18a8c131d"

// about returns an event of the lesson's recorder.
func about(kind notifications.Type, at time.Time) notifications.Event {
	return notifications.Event{Type: kind, Time: at, SID: lessonSID, CName: "lesson", UID: "527841"}
}

// lessonHeard returns the lesson after it was heard of at nine.
func lessonHeard() Recording {
	return Recording{
		SID: lessonSID, CName: "lesson", UID: "527841", Namespace: "school", FirstHeard: nine, LastHeard: nine,
		LastEvent: notifications.UploadingProgress,
	}
}

// hearAll applies events, an hour after nine.
func hearAll(events ...notifications.Event) map[string]Recording {
	all := map[string]Recording{}
	for _, event := range events {
		if recording := hear(all, event, "school", nine.Add(time.Hour)); recording != nil {
			all[recording.SID] = *recording
		}
	}
	return all
}

func TestWhatIsHeardOfARecording(t *testing.T) {
	g := NewWithT(t)
	all := hearAll(about(notifications.UploadingProgress, nine))
	g.Expect(all).To(HaveKeyWithValue(lessonSID, Recording{
		SID: lessonSID, CName: "lesson", UID: "527841", Namespace: "school",
		FirstHeard: nine.Add(time.Hour), LastHeard: nine.Add(time.Hour), LastEvent: notifications.UploadingProgress,
	}))
}

func TestHowARecordingBeganMovedAndEnded(t *testing.T) {
	moved := about(notifications.SessionFailover, nine)
	moved.NewUID = "2"
	ofNew := func(kind notifications.Type, at time.Time) notifications.Event {
		event := about(kind, at)
		event.UID = "2"
		return event
	}
	began, left := about(notifications.RecorderStarted, nine), about(notifications.RecorderLeave, nine.Add(time.Minute))
	for name, example := range map[string]struct {
		events   []notifications.Event
		expected Recording
	}{
		"began":                 {[]notifications.Event{began}, Recording{UID: "527841", Began: nine}},
		"began, in any order":   {[]notifications.Event{about(notifications.UploadingProgress, nine), began}, Recording{UID: "527841", Began: nine}},
		"a page":                {[]notifications.Event{about(notifications.WebRecorderStarted, nine)}, Recording{UID: "527841", Began: nine, Mode: v1alpha1.WebMode}},
		"of one user each":      {[]notifications.Event{about(notifications.RecorderSnapshotFile, nine), began}, Recording{UID: "527841", Began: nine, Mode: v1alpha1.IndividualMode}},
		"began and ended":       {[]notifications.Event{began, left}, Recording{UID: "527841", Began: nine, Ended: nine.Add(time.Minute)}},
		"ended once":            {[]notifications.Event{began, left, about(notifications.SessionExit, nine.Add(time.Hour))}, Recording{UID: "527841", Began: nine, Ended: nine.Add(time.Minute)}},
		"moved":                 {[]notifications.Event{began, moved}, Recording{UID: "2", Began: nine}},
		"moved, the old left":   {[]notifications.Event{began, moved, left}, Recording{UID: "2", Began: nine}},
		"the old left, moved":   {[]notifications.Event{began, left, moved}, Recording{UID: "2", Began: nine}},
		"moved, the new ended":  {[]notifications.Event{began, moved, ofNew(notifications.SessionExit, nine.Add(time.Hour))}, Recording{UID: "2", Began: nine, Ended: nine.Add(time.Hour)}},
		"begins again":          {[]notifications.Event{began, left, ofNew(notifications.RecorderStarted, nine.Add(time.Hour))}, Recording{UID: "2", Began: nine}},
		"an old start is late":  {[]notifications.Event{about(notifications.UploadingProgress, nine), left, began}, Recording{UID: "527841", Began: nine, Ended: nine.Add(time.Minute)}},
		"moved to nobody knows": {[]notifications.Event{began, about(notifications.SessionFailover, nine)}, Recording{UID: "527841", Began: nine}},
	} {
		t.Run(name, func(t *testing.T) {
			heard := hearAll(example.events...)[lessonSID]
			NewWithT(t).Expect(Recording{UID: heard.UID, Mode: heard.Mode, Began: heard.Began, Ended: heard.Ended}).To(Equal(example.expected))
		})
	}
}

// TestWhatTellsThatARecordingEnds applies both rules to all types that bring news.
func TestWhatTellsThatARecordingEnds(t *testing.T) {
	g := NewWithT(t)
	var ends, comesAfter []notifications.Type
	for kind := range notifications.Type(2000) {
		switch {
		case !kind.BringsNews():
		case tellsOfEnd(kind):
			ends = append(ends, kind)
		case !tellsOfMore(kind):
			comesAfter = append(comesAfter, kind)
		}
	}
	g.Expect(ends).To(ConsistOf(BeEquivalentTo(11), BeEquivalentTo(31), BeEquivalentTo(32), BeEquivalentTo(41), BeEquivalentTo(71), BeEquivalentTo(72)))
	g.Expect(comesAfter).To(ConsistOf(BeEquivalentTo(81), BeEquivalentTo(90), BeEquivalentTo(1001)))
}

func TestWhatIsNotNoted(t *testing.T) {
	change := func(change func(*notifications.Event)) notifications.Event {
		event := about(notifications.RecorderStarted, nine)
		change(&event)
		return event
	}
	for name, event := range map[string]notifications.Event{
		"the end of what was not heard of": about(notifications.SessionExit, nine),
		"its files":                        about(notifications.TranscoderCompleted, nine),
		"a sid that is no key":             change(func(e *notifications.Event) { e.SID = "a.b" }),
		"a sid that is too long":           change(func(e *notifications.Event) { e.SID = strings.Repeat("a", 129) }),
		"no channel":                       change(func(e *notifications.Event) { e.CName = "" }),
		"a channel that is too long":       change(func(e *notifications.Event) { e.CName = strings.Repeat("a", maxChannelBytes+1) }),
		"what no recorder is called":       change(func(e *notifications.Event) { e.UID = "teacher" }),
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(hearAll(event)).To(BeEmpty())
		})
	}
}

func TestHearingNothingNewIsNotedOnceAnHour(t *testing.T) {
	g := NewWithT(t)
	all := map[string]Recording{lessonSID: lessonHeard()}
	progress := about(notifications.UploadingProgress, nine)
	g.Expect(hear(all, progress, "school", nine.Add(heardInterval-time.Second))).To(BeNil())
	g.Expect(hear(all, progress, "school", nine.Add(heardInterval))).To(HaveValue(HaveField("LastHeard", nine.Add(heardInterval))))
	g.Expect(hear(all, about(notifications.SessionExit, nine), "school", nine.Add(time.Second))).To(HaveValue(And(
		HaveField("LastHeard", nine.Add(time.Second)), HaveField("FirstHeard", nine), HaveField("LastEvent", notifications.SessionExit))))
}

func TestRecordingsAreBounded(t *testing.T) {
	of := func(namespace, cname string, count int, ended time.Time) map[string]Recording {
		all := map[string]Recording{}
		for i := range count {
			recording := lessonHeard()
			recording.SID = fmt.Sprintf("%s-%s-%d", namespace, cname, i)
			recording.Namespace, recording.CName, recording.Ended = namespace, cname, ended
			all[recording.SID] = recording
		}
		return all
	}
	running, ended := time.Time{}, nine
	inMany := func(count int, ended time.Time) map[string]Recording {
		all := map[string]Recording{}
		for i := range count {
			maps.Copy(all, of(fmt.Sprint("tenant-", i), "lesson", 1, ended))
		}
		return all
	}
	for name, example := range map[string]struct {
		all     map[string]Recording
		isNoted bool
	}{
		"the channel is full":                {of("school", "lesson", maxOfChannel, running), false},
		"the channel has room":               {of("school", "lesson", maxOfChannel-1, running), true},
		"those of the channel have ended":    {of("school", "lesson", maxOfChannel, ended), true},
		"another's channel is full":          {of("university", "lesson", maxOfChannel, running), true},
		"the namespace is full":              {of("school", "another", maxOfNamespace, running), false},
		"the namespace has room":             {of("school", "another", maxOfNamespace-1, running), true},
		"those of the namespace have ended":  {of("school", "another", maxOfNamespace, ended), true},
		"too many of the namespace are kept": {of("school", "another", maxKeptOfNamespace, ended), false},
		"too many run in all":                {inMany(maxRunning, running), false},
		"too many are kept in all":           {inMany(maxKept, ended), false},
		"there is room in all":               {inMany(maxRunning-1, running), true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			noted := hear(example.all, about(notifications.RecorderStarted, nine), "school", nine)
			g.Expect(noted != nil).To(Equal(example.isNoted))
			example.all[lessonSID] = lessonHeard()
			g.Expect(hear(example.all, about(notifications.SessionExit, nine), "school", nine)).NotTo(BeNil(), "what is known has its room")
		})
	}
}

// TestTheConfigMapHasRoomForWhatIsKept writes entries of the maximum size.
func TestTheConfigMapHasRoomForWhatIsKept(t *testing.T) {
	g := NewWithT(t)
	longest := Recording{
		SID: strings.Repeat("s", 128), CName: strings.Repeat("<", maxChannelBytes), UID: "4294967295", Namespace: strings.Repeat("n", 63), Mode: v1alpha1.IndividualMode,
		FirstHeard: nine, LastHeard: nine, LastEvent: 1001, Began: nine, Ended: nine, Reported: nine,
	}
	encoded, err := encode(longest)
	g.Expect(err).NotTo(HaveOccurred())
	const configMapBytes = 1 << 20
	g.Expect(maxKept * (len(longest.SID) + len(encoded))).To(BeNumerically("<", configMapBytes))
}
