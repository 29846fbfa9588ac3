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

func TestWhatGoesBeyondTheBoundsIsDropped(t *testing.T) {
	// many returns recordings of a namespace, each of which was heard of after the
	// previous one.
	many := func(namespace string, count int, ended time.Time) map[string]Recording {
		all := map[string]Recording{}
		for i := range count {
			recording := lessonHeard()
			recording.SID, recording.LastHeard = fmt.Sprintf("%s-%d", namespace, i), nine.Add(time.Duration(i)*time.Second)
			recording.Namespace, recording.Ended = namespace, ended
			all[recording.SID] = recording
		}
		return all
	}
	t.Run("of what has ended in a namespace", func(t *testing.T) {
		all := many("school", maxEndedOfNamespace+2, nine)
		maps.Copy(all, many("university", maxEndedOfNamespace, nine))
		maps.Copy(all, many("running", 1, time.Time{}))
		NewWithT(t).Expect(review(all, nobodys, nine)).To(Equal(map[string]*Recording{"school-0": nil, "school-1": nil}))
	})
	t.Run("of what runs", func(t *testing.T) {
		all := many("school", maxKept+1, time.Time{})
		maps.Copy(all, many("university", 1, nine))
		NewWithT(t).Expect(review(all, nobodys, nine)).To(Equal(map[string]*Recording{"school-0": nil, "university-0": nil}))
	})
}

// runningIn counts the recordings that have not ended.
func runningIn(all map[string]Recording) (running int) {
	for _, recording := range all {
		running += count(recording.Ended.IsZero())
	}
	return running
}

// TestRecordingsStayBoundedAndAreReportedOnce applies random events over several days.
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
				if _, isKnown := all[event.SID]; !isKnown && runningIn(all) >= maxOfChannel {
					t.Fatalf("another one is noted beside %d", runningIn(all))
				}
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
			if len(review(maps.Clone(all), nobodys, now)) > 0 {
				t.Fatal("a second look brings news")
			}
		}
	})
}
