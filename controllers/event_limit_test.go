// SPDX-License-Identifier: Apache-2.0

package controllers

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
)

func TestEventsAreLimited(t *testing.T) {
	g := NewWithT(t)
	clock := clocktesting.NewFakePassiveClock(noon)
	sent := events.NewFakeRecorder(10 * namespaceEvents)
	recorder := newLimitedRecorder(sent, clock)
	send := func(namespace, uid string, times int) int {
		recording := &v1alpha1.CloudRecording{}
		recording.Namespace, recording.Name, recording.UID = namespace, "lesson-"+uid, types.UID(uid)
		before := len(sent.Events)
		for i := range times {
			recorder.Eventf(recording, nil, corev1.EventTypeNormal, "Recording", actionReconcile, "%s", fmt.Sprint(i))
		}
		return len(sent.Events) - before
	}

	g.Expect(send("school", "1", 1000)).To(Equal(objectEvents), "an object that flaps says little")
	g.Expect(send("school", "2", 5)).To(Equal(5), "another has its own share")
	clock.SetTime(noon.Add(3 * objectEventInterval))
	g.Expect(send("school", "1", 1000)).To(Equal(3), "time gives it more to say")

	clock.SetTime(noon.Add(time.Hour))
	inAll := 0
	for i := range namespaceEvents {
		inAll += send("flood", fmt.Sprint("flood-", i), objectEvents)
	}
	g.Expect(inAll).To(Equal(namespaceEvents), "objects that come and go do not add up to a flood")
	g.Expect(send("college", "3", objectEvents)).To(Equal(objectEvents), "no other namespace pays for it")
}

func TestPrintable(t *testing.T) {
	g := NewWithT(t)
	for text, shown := range map[string]string{
		"rec/room1/sid_Leçon № 1.m3u8, …": "rec/room1/sid_Leçon № 1.m3u8, …",
		"a\x1b[2Jb":                       "a\uFFFD[2Jb",
		"a\u009b31mb":                     "a\uFFFD31mb",
		"a\nb\r\tc":                       "a\uFFFDb\uFFFD\uFFFDc",
		"a\u202eb\u2028c":                 "a\uFFFDb\uFFFDc",
		"not UTF-8 \xff":                  "not UTF-8 \uFFFD",
	} {
		g.Expect(printable(text)).To(Equal(shown), "%q", text)
		g.Expect(note(text)).To(Equal(shown), "%q", text)
	}
}
