// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
)

var nine = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// session returns a session that began at nine and ended this long after. If the duration
// is negative, it has not ended.
func session(sid string, ended time.Duration) v1alpha1.SessionStatus {
	session := v1alpha1.SessionStatus{SID: sid, StartedTime: &metav1.Time{Time: nine}}
	if ended >= 0 {
		session.StoppedTime = &metav1.Time{Time: nine.Add(ended)}
	}
	return session
}

// mixed returns a recording in mode mix with its current session and the previous ones.
func mixed(namespace string, current v1alpha1.SessionStatus, previous ...v1alpha1.SessionStatus) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{}
	recording.Namespace, recording.Spec.Mode = namespace, v1alpha1.MixMode
	recording.Status.SessionStatus, recording.Status.Sessions = current, previous
	return recording
}

const goesOn = time.Duration(-1)

// recordedIn returns the recorded seconds in mode mix in a namespace.
func recordedIn(recorded *recordedSeconds, namespace string) float64 {
	return recorded.seconds(nine)[recordedLabels{namespace: namespace, mode: "mix"}]
}

func TestASessionCountsOnceItHasEnded(t *testing.T) {
	g := NewWithT(t)
	recorded := newRecordedSeconds()
	running, ended := mixed("school", session("a", goesOn)), mixed("school", session("a", time.Minute))
	recorded.count(running, &running.Status, nine)
	g.Expect(recordedIn(recorded, "school")).To(BeZero())
	recorded.count(running, &ended.Status, nine)
	recorded.count(ended, &ended.Status, nine)
	g.Expect(recordedIn(recorded, "school")).To(BeEquivalentTo(60))

	replaced := mixed("school", session("b", goesOn), session("a", time.Minute))
	recorded.count(ended, &replaced.Status, nine)
	g.Expect(recordedIn(recorded, "school")).To(BeEquivalentTo(60), "it has become a previous one")
}

func TestEverySessionCountsForItself(t *testing.T) {
	g := NewWithT(t)
	recorded := newRecordedSeconds()
	before := mixed("school", session("b", goesOn), session("a", goesOn))
	after := mixed("school", session("b", time.Minute), session("a", time.Second))
	recorded.count(before, &after.Status, nine)
	recorded.count(mixed("university", session("c", goesOn)), &mixed("", session("c", time.Hour)).Status, nine)
	g.Expect(recordedIn(recorded, "school")).To(BeEquivalentTo(61))
	g.Expect(recordedIn(recorded, "university")).To(BeEquivalentTo(3600))
}

func TestWhatWasNeverStartedCountsNothing(t *testing.T) {
	g := NewWithT(t)
	recorded := newRecordedSeconds()
	after := v1alpha1.CloudRecordingStatus{SessionStatus: v1alpha1.SessionStatus{StoppedTime: &metav1.Time{Time: nine}}}
	recorded.count(mixed("school", v1alpha1.SessionStatus{}), &after, nine)
	g.Expect(recorded.seconds(nine)).To(BeEmpty())
}

// TestASessionThatGoesOnCountsOnce repeatedly ends sessions and finds that they had not
// ended.
func TestASessionThatGoesOnCountsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		recorded := newRecordedSeconds()
		last := 0.0
		for _, ended := range rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 10).Draw(t, "ended") {
			running, over := mixed("school", session("a", goesOn)), mixed("school", session("a", time.Duration(ended)*time.Second))
			recorded.count(running, &over.Status, nine)
			last = max(last, float64(ended))
			if got := recordedIn(recorded, "school"); got != last {
				t.Fatalf("%v seconds are counted of a session that recorded for %v", got, last)
			}
			recorded.count(over, &running.Status, nine)
			if got := recordedIn(recorded, "school"); got != last {
				t.Fatalf("the count falls to %v", got)
			}
		}
	})
}

func TestSeriesAreThoseOfNamespacesWithObjects(t *testing.T) {
	g := NewWithT(t)
	recorded := newRecordedSeconds()
	running, ended := mixed("school", session("a", goesOn)), mixed("school", session("a", time.Minute))
	recorded.follow(nil, mixed("school", v1alpha1.SessionStatus{}), nine)
	series := recordedLabels{namespace: "school", mode: "mix"}
	g.Expect(recorded.seconds(nine)).To(HaveKeyWithValue(series, BeZero()), "its first increase must show")

	recorded.follow(mixed("school", v1alpha1.SessionStatus{}), running, nine)
	recorded.count(running, &ended.Status, nine)
	recorded.follow(running, ended, nine)
	recorded.follow(ended, nil, nine)
	g.Expect(recorded.seconds(nine.Add(keepEmptySeries-time.Second))).To(HaveKeyWithValue(series, BeEquivalentTo(60)),
		"a deletion takes nothing away")
	g.Expect(recorded.seconds(nine.Add(keepEmptySeries))).To(BeEmpty())

	recorded.follow(nil, running, nine.Add(2*keepEmptySeries))
	g.Expect(recorded.seconds(nine.Add(2*keepEmptySeries))).To(HaveKeyWithValue(series, BeZero()), "it begins anew")
}

func TestARecordingWithoutAModeHasNoSeries(t *testing.T) {
	g := NewWithT(t)
	recorded := newRecordedSeconds()
	unresolved := &v1alpha1.CloudRecording{}
	recorded.follow(nil, unresolved, nine)
	g.Expect(recorded.seconds(nine)).To(BeEmpty())
	recorded.follow(unresolved, mixed("school", v1alpha1.SessionStatus{}), nine)
	g.Expect(recorded.seconds(nine)).To(HaveLen(1))
}
