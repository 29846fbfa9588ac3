// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("The check of names, around outages,", func() {
	var r *records
	lose := func(end ending) {
		r.processes[0].end, r.processes[0].ended = end, after(900)
	}

	BeforeEach(func() {
		r = fine()
		lastOf(r).recording.Status.FileList = nil
	})

	It("does not excuse a process that lost its lease from what a stop brought", func() {
		r.troubles = []span{{after(150), after(4000)}}
		lose(endByItself)
		broken(checkNames(newJudge(r)), "lesson.m3u8")
	})

	It("excuses it from what a query brought, which another asks for again", func() {
		r.answers[0].method = agorasim.MethodQuery
		lose(endByItself)
		excused(checkNames(newJudge(r)))
	})

	It("excuses a process that was asked to end while its status could not be written, and no other", func() {
		lose(endTerminated)
		broken(checkNames(newJudge(r)), "lesson.m3u8")
		r.unwritable = []ofObject{{r.histories[1].object, span{after(150), after(4000)}}}
		broken(checkNames(newJudge(r)), "lesson.m3u8")
		r.unwritable = []ofObject{{r.histories[0].object, span{after(150), after(4000)}}}
		excused(checkNames(newJudge(r)))
	})

	It("finds a name of a session that another has replaced, unless the status names it there", func() {
		r := fine()
		h := &r.histories[0]
		h.versions = append(h.versions, version{seen: after(400), recording: shown(keptSID, wantingStop, having(v1alpha1.SessionStatus{
			SID: stoppedSID, Phase: v1alpha1.PhaseCompleted,
		}))})
		broken(checkNames(newJudge(r)), "lesson.m3u8")
		h.versions[3].recording.Status.Sessions[0].FileList = []v1alpha1.RecordedFile{{FileName: "lesson.m3u8"}}
		excused(checkNames(newJudge(r)))
	})
})

// having adds sessions that others have replaced.
func having(sessions ...v1alpha1.SessionStatus) func(*v1alpha1.CloudRecording) {
	return func(r *v1alpha1.CloudRecording) { r.Status.Sessions = append(r.Status.Sessions, sessions...) }
}

var _ = Describe("The check of what holds stops up", func() {
	var r *records

	BeforeEach(func() {
		r = fine()
		r.deadlines = []deadline{{
			object: r.histories[0].object, sid: stoppedSID, wanted: after(50), within: time.Second, despite: "though it is broken",
		}}
	})

	It("takes a stop in time", func() {
		found := checkUnhindered(newJudge(r))
		excused(found)
		Expect(found.facts).To(ContainElement("1 stops were wanted though it is broken, and asked for within 50ms"))
	})

	It("finds one that comes late", func() {
		r.answers[0].arrived = after(1500)
		broken(checkUnhindered(newJudge(r)), "was asked for 1.45s later, and not within 1s, though it is broken")
	})

	It("finds one that never comes", func() {
		r.answers[0].sid = keptSID
		broken(checkUnhindered(newJudge(r)), "was never asked for, though it is broken")
	})

	It("does not take a query for a stop", func() {
		r.answers[0].method = agorasim.MethodQuery
		broken(checkUnhindered(newJudge(r)), "was never asked for")
	})

	It("finds a status that is too large", func() {
		lastOf(r).recording.Status.FileList = []v1alpha1.RecordedFile{{FileName: strings.Repeat("x", largestStatus)}}
		broken(checkUnhindered(newJudge(r)), "The status of team-a/stopped had 1024 KiB")
	})

	It("finds one that the API server refuses, unless users have filled the object up", func() {
		r.outgrown = []outgrown{{r.histories[0].object, "etcdserver: request is too large"}}
		broken(checkUnhindered(newJudge(r)), "The API server refused 1 writes of the status of team-a/stopped")
		lastOf(r).recording.OwnerReferences = []metav1.OwnerReference{{Name: "filler"}}
		excused(checkUnhindered(newJudge(r)))
	})
})

var _ = Describe("The checks of many sessions", func() {
	earlier := v1alpha1.SessionStatus{SID: stoppedSID, Phase: v1alpha1.PhaseUploading, StartedTime: &metav1.Time{Time: noon}}
	var (
		r *records
		h *history
	)

	BeforeEach(func() {
		r = fine()
		h = &r.histories[2]
		h.versions = append(h.versions,
			version{seen: after(300), recording: shown("", starting, acquired, begun, having(earlier))},
			version{seen: after(400), recording: shown("", starting, acquired, begun)})
	})

	It("find one that went out of the status though something was left to do", func() {
		broken(checkStarts(newJudge(r)), "went out of the status of team-a/started")
		h.versions[3].recording.Status.Sessions[0].Phase = v1alpha1.PhaseCompleted
		excused(checkStarts(newJudge(r)))
	})

	It("find one that is begun after all of them together were to be over", func() {
		h.versions = h.versions[:4]
		limited := func(limit time.Duration) {
			for i := range h.versions {
				h.versions[i].recording.Spec.MaxDuration = &metav1.Duration{Duration: limit}
			}
		}
		limited(time.Hour)
		excused(checkStarts(newJudge(r)))
		r.answers = append(r.answers, answer{
			process: 1, method: agorasim.MethodStart, resourceID: resourceID, cname: "started", arrived: after(3500), answered: after(3500), status: http.StatusOK,
		})
		limited(time.Second)
		broken(checkStarts(newJudge(r)), "its maxDuration was over at 12:00:01.000, counted from the first of 2 sessions")

		By("allowing one that is repeated to learn the sid of what may run")
		lost := h.versions[3].recording
		requested := metav1.NewTime(after(2000))
		lost.Status.ResourceID, lost.Status.SID, lost.Status.StartRequestedTime = resourceID, "", &requested
		late := ContainElement(ContainSubstring("its maxDuration was over"))
		Expect(checkStarts(newJudge(r)).violations).To(late)
		requested = metav1.NewTime(after(0))
		Expect(checkStarts(newJudge(r)).violations).NotTo(late)
	})

	It("find one that still runs though the object wants its end", func() {
		h.versions = h.versions[:4]
		h.versions[3].recording.Spec.State = v1alpha1.RecordingStateStopped
		r.recordings[0].Running, r.recordings[2].Running = true, false
		lastOf(r).recording.Status.Conditions, lastOf(r).recording.Spec.State = nil, v1alpha1.RecordingStateRecording
		Expect(checkRunning(newJudge(r)).violations).To(ContainElement(ContainSubstring("which another session has replaced, is still running")))
	})

	It("do not take a session that was there before any operator for one of Agora's", func() {
		h.versions = []version{{seen: after(0), recording: shown("", starting, acquired, func(r *v1alpha1.CloudRecording) {
			r.Status.SID, r.Finalizers = "earlier", nil
		})}}
		broken(checkRunning(newJudge(r)), "The simulator does not know the recording earlier")
		h.versions[0].recording.Labels = map[string]string{shardLabel: string(shardNone)}
		excused(checkRunning(newJudge(r)))
	})

	It("take a stop by maxDuration for one that was wanted", func() {
		h.versions = h.versions[:3]
		r.recordings[2].StopRequests, r.recordings[2].Running = 1, false
		broken(checkRunning(newJudge(r)), "nothing ever wanted that")
		startOf(r).recording.Spec.MaxDuration = &metav1.Duration{Duration: 100 * time.Millisecond}
		startOf(r).recording.Status.StartedTime = &metav1.Time{Time: noon}
		excused(checkRunning(newJudge(r)))
	})
})

var _ = Describe("The check of starts that are notified", func() {
	notified := func(r *records) {
		r.notifications = append(r.notifications, notification{
			eventType: agorasim.EventRecorderStarted, sid: startedSID, signed: true, status: http.StatusOK, arrived: after(160), answered: after(170),
		})
	}

	It("finds a sid that no status ever had", func() {
		r := fine()
		r.answers[1].whole = false
		startOf(r).recording = shown("", starting, acquired, stalled(v1alpha1.SIDUnknownReason))
		excused(checkStarts(newJudge(r)))
		notified(r)
		broken(checkStarts(newJudge(r)), "which Agora notified at 12:00:00.160 by an event of type 40, never stood in the status")
	})

	It("owes none whose notification was not accepted", func() {
		r := fine()
		r.answers[1].whole = false
		startOf(r).recording = shown("", starting, acquired, stalled(v1alpha1.SIDUnknownReason))
		notified(r)
		r.notifications[0].status = http.StatusServiceUnavailable
		excused(checkStarts(newJudge(r)))
	})
})
