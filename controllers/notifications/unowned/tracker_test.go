// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/controllers/notifications"
)

// newTracker returns a Tracker whose clock shows nine.
func newTracker(hasOwner func(context.Context, string) (bool, error)) (*Tracker, *clocktesting.FakeClock) {
	clock := clocktesting.NewFakeClock(nine)
	return New(Options{HasOwner: hasOwner, Logger: logr.Discard(), Clock: clock}), clock
}

func ofNobody(context.Context, string) (bool, error) { return false, nil }

func TestNewsAreAddedToWhatAnotherReplicaHasReported(t *testing.T) {
	g := NewWithT(t)
	tracker, _ := newTracker(ofNobody)
	tracker.Heard(t.Context(), about(notifications.UploadingProgress, nine), "school")
	tracker.Heard(t.Context(), about(notifications.RecorderStarted, nine), "school")
	reported := lessonHeard()
	reported.Reported = nine.Add(time.Minute)
	tracker.show("1", map[string]Recording{lessonSID: reported})
	g.Expect(tracker.recordings()).To(HaveKeyWithValue(lessonSID, And(
		HaveField("Began", nine), HaveField("Reported", nine.Add(time.Minute)))))
}

func TestWhatCannotBeLookedUpIsNotDropped(t *testing.T) {
	g := NewWithT(t)
	tracker, clock := newTracker(func(context.Context, string) (bool, error) { return true, errors.New("the cache is not filled") })
	tracker.show("1", map[string]Recording{lessonSID: lessonHeard()})
	clock.Step(time.Minute)
	tracker.review(t.Context())
	g.Expect(tracker.recordings()).To(HaveKeyWithValue(lessonSID, lessonHeard()))
}

func TestWhatSomebodyHasIsNotNoted(t *testing.T) {
	g := NewWithT(t)
	tracker, _ := newTracker(func(context.Context, string) (bool, error) { return true, nil })
	tracker.Heard(t.Context(), about(notifications.RecorderStarted, nine), "school")
	g.Expect(tracker.recordings()).To(BeEmpty())
}
