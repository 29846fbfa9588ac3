// SPDX-License-Identifier: Apache-2.0

package check

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

var _ = Describe("The check of names, around outages,", func() {
	var r *record.Records
	lose := func(end record.Ending) {
		r.Processes[0].End, r.Processes[0].Ended = end, after(900)
	}

	BeforeEach(func() {
		r = fine()
		lastOf(r).Recording.Status.FileList = nil
	})

	It("does not excuse a process that lost its lease from what a stop brought", func() {
		r.Troubles = []record.Span{{Begin: after(150), End: after(4000)}}
		lose(record.EndByItself)
		broken(checkNames(newJudge(r)), "lesson.m3u8")
	})

	It("excuses it from what a query brought, which another asks for again", func() {
		r.Answers[0].Method = faults.MethodQuery
		lose(record.EndByItself)
		excused(checkNames(newJudge(r)))
	})

	It("excuses a process that was asked to end while its status could not be written, and no other", func() {
		lose(record.EndTerminated)
		broken(checkNames(newJudge(r)), "lesson.m3u8")
		r.Unwritable = []record.OfObject{{Object: r.Histories[1].Object, Span: record.Span{Begin: after(150), End: after(4000)}}}
		broken(checkNames(newJudge(r)), "lesson.m3u8")
		r.Unwritable = []record.OfObject{{Object: r.Histories[0].Object, Span: record.Span{Begin: after(150), End: after(4000)}}}
		excused(checkNames(newJudge(r)))
	})

	It("finds a name of a session that another has replaced, unless the status names it there", func() {
		r := fine()
		h := &r.Histories[0]
		h.Versions = append(h.Versions, record.Version{Seen: after(400), Recording: shown(keptSID, wantingStop, having(v1alpha1.SessionStatus{
			SID: stoppedSID, Phase: v1alpha1.PhaseCompleted,
		}))})
		broken(checkNames(newJudge(r)), "lesson.m3u8")
		h.Versions[3].Recording.Status.Sessions[0].FileList = []v1alpha1.RecordedFile{{FileName: "lesson.m3u8"}}
		excused(checkNames(newJudge(r)))
	})
})

// having adds previous sessions.
func having(sessions ...v1alpha1.SessionStatus) func(*v1alpha1.CloudRecording) {
	return func(r *v1alpha1.CloudRecording) { r.Status.Sessions = append(r.Status.Sessions, sessions...) }
}

var _ = Describe("The check of what holds stops up", func() {
	var r *record.Records

	BeforeEach(func() {
		r = fine()
		r.Deadlines = []record.Deadline{{
			Object: r.Histories[0].Object, SID: stoppedSID, Wanted: after(50), Within: time.Second, Despite: "though it is broken",
		}}
	})

	It("takes a stop in time", func() {
		found := checkUnhindered(newJudge(r))
		excused(found)
		Expect(found.facts).To(ContainElement("1 stops were wanted though it is broken, and asked for within 50ms"))
	})

	It("finds one that comes late", func() {
		r.Answers[0].Arrived = after(1500)
		broken(checkUnhindered(newJudge(r)), "was asked for 1.45s later, and not within 1s, though it is broken")
	})

	It("finds one that never comes", func() {
		r.Answers[0].SID = keptSID
		broken(checkUnhindered(newJudge(r)), "was never asked for, though it is broken")
	})

	It("does not take a query for a stop", func() {
		r.Answers[0].Method = faults.MethodQuery
		broken(checkUnhindered(newJudge(r)), "was never asked for")
	})

	It("finds a status that is too large", func() {
		lastOf(r).Recording.Status.FileList = []v1alpha1.RecordedFile{{FileName: strings.Repeat("x", largestStatus)}}
		broken(checkUnhindered(newJudge(r)), "The status of team-a/stopped had 1024 KiB")
	})

	It("finds one that the API server refuses, unless users have filled the object up", func() {
		r.Outgrown = []plan.Object{r.Histories[0].Object}
		broken(checkUnhindered(newJudge(r)), "The API server refused 1 writes of the status of team-a/stopped")
		lastOf(r).Recording.OwnerReferences = []metav1.OwnerReference{{Name: "filler"}}
		excused(checkUnhindered(newJudge(r)))
	})
})

var _ = Describe("The checks of many sessions", func() {
	earlier := v1alpha1.SessionStatus{SID: stoppedSID, Phase: v1alpha1.PhaseUploading, StartedTime: &metav1.Time{Time: noon}}
	var (
		r *record.Records
		h *record.History
	)

	BeforeEach(func() {
		r = fine()
		h = &r.Histories[2]
		h.Versions = append(h.Versions,
			record.Version{Seen: after(300), Recording: shown("", starting, acquired, begun, having(earlier))},
			record.Version{Seen: after(400), Recording: shown("", starting, acquired, begun)})
	})

	It("find one that went out of the status though something was left to do", func() {
		broken(checkStarts(newJudge(r)), "went out of the status of team-a/started")
		h.Versions[3].Recording.Status.Sessions[0].Phase = v1alpha1.PhaseCompleted
		excused(checkStarts(newJudge(r)))
	})

	It("find one that is begun after all of them together were to be over", func() {
		h.Versions = h.Versions[:4]
		limited := func(limit time.Duration) {
			for i := range h.Versions {
				h.Versions[i].Recording.Spec.MaxDuration = &metav1.Duration{Duration: limit}
			}
		}
		limited(time.Hour)
		excused(checkStarts(newJudge(r)))
		r.Answers = append(r.Answers, record.Answer{
			Process: 1, Method: faults.MethodStart, ResourceID: resourceID, CName: startedChannel, Arrived: after(3500), Answered: after(3500), Status: http.StatusOK,
		})
		limited(time.Second)
		broken(checkStarts(newJudge(r)), "its maxDuration was over at 12:00:01.000, counted from the first of 2 sessions")

		By("allowing one that is repeated to learn the sid of what may run")
		lost := h.Versions[3].Recording
		requested := metav1.NewTime(after(2000))
		lost.Status.ResourceID, lost.Status.SID, lost.Status.StartRequestedTime = resourceID, "", &requested
		late := ContainElement(ContainSubstring("its maxDuration was over"))
		Expect(checkStarts(newJudge(r)).Violations).To(late)
		requested = metav1.NewTime(after(0))
		Expect(checkStarts(newJudge(r)).Violations).NotTo(late)
	})

	It("find one that still runs though the object wants its end", func() {
		h.Versions = h.Versions[:4]
		h.Versions[3].Recording.Spec.State = v1alpha1.RecordingStateStopped
		r.Recordings[0].Running, r.Recordings[2].Running = true, false
		lastOf(r).Recording.Status.Conditions, lastOf(r).Recording.Spec.State = nil, v1alpha1.RecordingStateRecording
		Expect(checkRunning(newJudge(r)).Violations).To(ContainElement(ContainSubstring("which another session has replaced, is still running")))
	})

	It("do not take a session that was there before any operator for one of Agora's", func() {
		h.Versions = []record.Version{{Seen: after(0), Recording: shown("", starting, acquired, func(r *v1alpha1.CloudRecording) {
			r.Status.SID, r.Finalizers = "earlier", nil
		})}}
		broken(checkRunning(newJudge(r)), "The simulator does not know the recording earlier")
		h.Versions[0].Recording.Labels = map[string]string{plan.ShardLabel: string(plan.ShardNone)}
		excused(checkRunning(newJudge(r)))
	})

	It("take a stop by maxDuration for one that was wanted", func() {
		h.Versions = h.Versions[:3]
		r.Recordings[2].StopRequests, r.Recordings[2].Running = 1, false
		broken(checkRunning(newJudge(r)), "nothing ever wanted that")
		startOf(r).Recording.Spec.MaxDuration = &metav1.Duration{Duration: 100 * time.Millisecond}
		startOf(r).Recording.Status.StartedTime = &metav1.Time{Time: noon}
		excused(checkRunning(newJudge(r)))
	})
})

var _ = Describe("The check of starts that are notified", func() {
	notified := func(r *record.Records) {
		r.Notifications = append(r.Notifications, record.Notification{
			EventType: notify.EventRecorderStarted, SID: startedSID, Signed: true, Status: http.StatusOK, Arrived: after(160), Answered: after(170),
		})
	}

	It("finds a sid that no status ever had", func() {
		r := fine()
		r.Answers[1].Whole = false
		startOf(r).Recording = shown("", starting, acquired, stalled(v1alpha1.SIDUnknownReason))
		excused(checkStarts(newJudge(r)))
		notified(r)
		broken(checkStarts(newJudge(r)), "which Agora notified at 12:00:00.160 by an event of type 40, never stood in the status")
	})

	It("owes none whose notification was not accepted", func() {
		r := fine()
		r.Answers[1].Whole = false
		startOf(r).Recording = shown("", starting, acquired, stalled(v1alpha1.SIDUnknownReason))
		notified(r)
		r.Notifications[0].Status = http.StatusServiceUnavailable
		excused(checkStarts(newJudge(r)))
	})
})
