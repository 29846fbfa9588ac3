// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"fmt"
	"maps"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/controllers/notifications"
)

func nobodys(string) bool { return false }

func TestReview(t *testing.T) {
	changed := func(change func(*Recording)) Recording {
		recording := lessonHeard()
		change(&recording)
		return recording
	}
	ended := changed(func(r *Recording) { r.Ended = nine })
	reported := changed(func(r *Recording) { r.Reported = nine })
	for name, example := range map[string]struct {
		recording Recording
		isOwned   bool
		after     time.Duration
		expected  map[string]*Recording
	}{
		"waits for an object to come":     {lessonHeard(), false, grace - time.Second, map[string]*Recording{}},
		"reports what is nobody's still":  {lessonHeard(), false, grace, map[string]*Recording{lessonSID: new(changed(func(r *Recording) { r.Reported = nine.Add(grace) }))}},
		"reports it once":                 {reported, false, time.Hour, map[string]*Recording{}},
		"drops what somebody has":         {lessonHeard(), true, time.Second, map[string]*Recording{lessonSID: nil}},
		"drops what somebody has by now":  {reported, true, time.Hour, map[string]*Recording{lessonSID: nil}},
		"never reports what has ended":    {ended, false, time.Hour, map[string]*Recording{}},
		"remembers for a while its end":   {ended, false, keepEnded - time.Second, map[string]*Recording{}},
		"drops it then":                   {ended, false, keepEnded, map[string]*Recording{lessonSID: nil}},
		"keeps what is silent for a time": {reported, false, keepUnheard - time.Second, map[string]*Recording{}},
		"drops what is silent for days":   {reported, false, keepUnheard, map[string]*Recording{lessonSID: nil}},
	} {
		t.Run(name, func(t *testing.T) {
			changes := review(map[string]Recording{lessonSID: example.recording}, func(string) bool { return example.isOwned }, nine.Add(example.after))
			NewWithT(t).Expect(changes).To(Equal(example.expected))
		})
	}
}

func TestWhatReplicasNoteBeyondTheBoundIsDropped(t *testing.T) {
	g := NewWithT(t)
	all := map[string]Recording{}
	for i := range maxRecordings + 3 {
		recording := lessonHeard()
		recording.SID, recording.LastHeard = fmt.Sprint("sid-", i), nine.Add(time.Duration(i)*time.Second)
		all[recording.SID] = recording
	}
	g.Expect(review(all, nobodys, nine)).To(Equal(map[string]*Recording{"sid-0": nil, "sid-1": nil, "sid-2": nil}))
}

// TestRecordingsStayBoundedAndAreReportedOnce lets anything be heard, for days.
func TestRecordingsStayBoundedAndAreReportedOnce(t *testing.T) {
	kinds := []notifications.Type{
		notifications.RecorderStarted, notifications.UploadingProgress, notifications.SessionFailover, notifications.RecorderLeave, notifications.SessionExit,
	}
	rapid.Check(t, func(t *rapid.T) {
		all, now := map[string]Recording{}, nine
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds")) * time.Second)
			event := about(rapid.SampledFrom(kinds).Draw(t, "type"), now)
			event.SID = fmt.Sprint("sid-", rapid.IntRange(0, 30).Draw(t, "sid"))
			event.UID = fmt.Sprint(rapid.IntRange(1, 2).Draw(t, "uid"))
			event.NewUID = fmt.Sprint(rapid.IntRange(1, 2).Draw(t, "new uid"))
			if recording := hear(all, event, "school", now); recording != nil {
				all[recording.SID] = *recording
			}
			for sid, recording := range review(maps.Clone(all), nobodys, now) {
				if recording == nil {
					delete(all, sid)
					continue
				}
				if !all[sid].Reported.IsZero() || !recording.IsReported() || now.Sub(all[sid].FirstHeard) < grace {
					t.Fatalf("%+v is reported as %+v", all[sid], *recording)
				}
				all[sid] = *recording
			}
			if len(all) > maxOfChannel {
				t.Fatalf("%d recordings of one channel are kept", len(all))
			}
			if len(review(maps.Clone(all), nobodys, now)) > 0 {
				t.Fatal("a second look brings news")
			}
		}
	})
}
