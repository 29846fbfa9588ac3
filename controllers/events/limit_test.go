// SPDX-License-Identifier: Apache-2.0

package events

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

func TestEventsAreLimited(t *testing.T) {
	g := NewWithT(t)
	clock := clocktesting.NewFakePassiveClock(recordingtest.Noon)
	sent := events.NewFakeRecorder(10 * namespaceEvents)
	recorder := NewLimitedRecorder(sent, clock)
	send := func(namespace, uid string, times int) int {
		recording := &v1alpha1.CloudRecording{}
		recording.Namespace, recording.Name, recording.UID = namespace, "lesson-"+uid, types.UID(uid)
		before := len(sent.Events)
		for i := range times {
			recorder.Eventf(recording, nil, corev1.EventTypeNormal, "Recording", "Reconcile", "%s", fmt.Sprint(i))
		}
		return len(sent.Events) - before
	}

	g.Expect(send("school", "1", 1000)).To(Equal(ObjectEvents), "an object that flaps says little")
	g.Expect(send("school", "2", 5)).To(Equal(5), "another has its own share")
	clock.SetTime(recordingtest.Noon.Add(3 * ObjectEventInterval))
	g.Expect(send("school", "1", 1000)).To(Equal(3), "time gives it more to say")

	clock.SetTime(recordingtest.Noon.Add(time.Hour))
	inAll := 0
	for i := range namespaceEvents {
		inAll += send("flood", fmt.Sprint("flood-", i), ObjectEvents)
	}
	g.Expect(inAll).To(Equal(namespaceEvents), "objects that come and go do not add up to a flood")
	g.Expect(send("college", "3", ObjectEvents)).To(Equal(ObjectEvents), "no other namespace pays for it")
}
