// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// noon is when the records begin.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// after returns a time so many milliseconds after noon.
func after(milliseconds int) time.Time {
	return noon.Add(time.Duration(milliseconds) * time.Millisecond)
}

const (
	stoppedSID = "5d977a023b6c135c702bcc3cabc21def"
	keptSID    = "cb711ab5d643d4531efd86c18a8c131d"
	startedSID = "0b7a7e3d0a5a4c3f9d2f6c1e8b4a9d70"
	resourceID = "a-resource"
)

// fine returns records in which every promise was kept: one recording was
// stopped, one runs, and one was started and runs. A spec breaks a promise in
// them.
func fine() *records {
	return &records{
		answers: []answer{{
			process: 1, method: agorasim.MethodStop, sid: stoppedSID, account: "alpha", arrived: after(100), answered: after(200),
			status: http.StatusOK, whole: true, body: []byte(`{"serverResponse":{"fileList":"lesson.m3u8","uploadingStatus":"uploaded"}}`),
		}, {
			process: 1, method: agorasim.MethodStart, resourceID: resourceID, cname: "started", account: "alpha", arrived: after(110), answered: after(210),
			status: http.StatusOK, whole: true, body: []byte(`{"sid":"` + startedSID + `"}`),
		}},
		recordings: []agorasim.Recording{
			{SID: stoppedSID, StopsTaken: 1, StopRequests: 1}, {SID: keptSID, Running: true},
			{SID: startedSID, ResourceID: resourceID, CName: "started", Running: true, StartedAt: after(150)},
		},
		histories: []history{
			{object: object{namespaceA, "stopped"}, uid: "1", versions: []version{
				{seen: after(0), recording: shown(stoppedSID)},
				{seen: after(50), recording: shown(stoppedSID, wantingStop)},
				{seen: after(300), recording: shown(stoppedSID, wantingStop, named("lesson.m3u8"),
					saying(v1alpha1.StoppedCondition, v1alpha1.StopAcknowledgedReason),
					saying(v1alpha1.UploadedCondition, v1alpha1.ReportedByAgoraReason))},
			}},
			{object: object{namespaceA, "kept"}, uid: "2", versions: []version{{seen: after(0), recording: shown(keptSID)}}},
			{object: object{namespaceA, "started"}, uid: "3", versions: []version{
				{seen: after(0), recording: shown("", starting)},
				{seen: after(105), recording: shown("", starting, acquired)},
				{seen: after(220), recording: shown("", starting, acquired, begun)},
			}},
		},
		processes: []process{{number: 1}},
		accounts:  []account{{name: "alpha", limit: 10}},
		texts:     []text{{"operator.log", []byte("one line\nanother line\n")}},
		secrets:   map[string]string{"s3cr3t": "customer secret"},
		settled:   []standing{{object: object{namespaceA, "stopped"}, state: asWanted}, {object: object{namespaceA, "kept"}, state: asWanted}},
		final:     []standing{{object: object{namespaceA, "stopped"}, state: asWanted}},
		mended:    map[object][]string{},
		quiet: snapshot{at: after(500), recordings: []agorasim.Recording{
			{SID: startedSID, ResourceID: resourceID, CName: "started", Running: true, StartedAt: after(150)},
		}},
	}
}

// shown returns an object as a watch shows it.
func shown(sid string, changes ...func(*v1alpha1.CloudRecording)) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{}
	recording.Spec.SID = sid
	recording.Spec.State, recording.Spec.DeletionPolicy = v1alpha1.RecordingStateRecording, v1alpha1.DeletionPolicyStop
	recording.Finalizers = []string{v1alpha1.StopFinalizer}
	for _, change := range changes {
		change(recording)
	}
	return recording
}

func starting(r *v1alpha1.CloudRecording) {
	r.Spec.CName, r.Spec.Start = "started", &v1alpha1.StartSpec{}
}

func acquired(r *v1alpha1.CloudRecording) {
	r.Status.ResourceID, r.Status.StartRequestedTime = resourceID, &metav1.Time{Time: noon}
}

func begun(r *v1alpha1.CloudRecording) { r.Status.SID = startedSID }

// stalled says that a person must act.
func stalled(reason string) func(*v1alpha1.CloudRecording) {
	const message = "A recording may be running: empty its channel."
	return func(r *v1alpha1.CloudRecording) {
		r.Status.Conditions = []metav1.Condition{
			{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse, Reason: reason, Message: message},
			{Type: v1alpha1.StalledCondition, Status: metav1.ConditionTrue, Reason: reason, Message: message},
		}
	}
}

func wantingStop(r *v1alpha1.CloudRecording) { r.Spec.State = v1alpha1.RecordingStateStopped }

func deleting(r *v1alpha1.CloudRecording) { r.DeletionTimestamp = &metav1.Time{Time: noon} }

func orphaning(r *v1alpha1.CloudRecording) { r.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan }

func named(names ...string) func(*v1alpha1.CloudRecording) {
	return func(r *v1alpha1.CloudRecording) {
		for _, name := range names {
			r.Status.FileList = append(r.Status.FileList, v1alpha1.RecordedFile{FileName: name})
		}
	}
}

func saying(kind, reason string) func(*v1alpha1.CloudRecording) {
	return func(r *v1alpha1.CloudRecording) {
		r.Status.Conditions = append(r.Status.Conditions, metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: reason})
	}
}

// broken expects that a check finds one violation, which tells of something.
func broken(found result, telling string) {
	GinkgoHelper()
	Expect(found.violations).To(ConsistOf(ContainSubstring(telling)))
	Expect(found.holds()).To(BeFalse())
}

// excused expects that a check finds nothing wrong.
func excused(found result) {
	GinkgoHelper()
	Expect(found.violations).To(BeEmpty())
}

// startOf returns the last version of the object that was started.
func startOf(r *records) *version { return &r.histories[2].versions[2] }

// lastOf returns the last version of the object that was stopped.
func lastOf(r *records) *version { return &r.histories[0].versions[2] }

var _ = Describe("All checks", func() {
	It("hold where every promise was kept", func() {
		for _, found := range checks(fine()) {
			Expect(found.holds()).To(BeTrue(), "%s: %v", found.promise, found.violations)
		}
	})

	It("do not hold where there was nothing to look at", func() {
		for _, found := range checks(&records{}) {
			Expect(found.violations).To(BeEmpty())
			Expect(found.holds()).To(BeFalse(), found.promise)
		}
	})
})

var _ = Describe("The check of what runs", func() {
	It("finds a recording that should have ended", func() {
		r := fine()
		r.recordings[0].Running = true
		lastOf(r).recording.Status.Conditions = nil
		broken(checkRunning(newJudge(r)), "still running")
	})

	It("finds one whose object has gone", func() {
		r := fine()
		r.recordings[0].Running = true
		lastOf(r).recording = shown(stoppedSID, deleting)
		r.histories[0].gone = after(400)
		broken(checkRunning(newJudge(r)), "still running")
	})

	It("finds one that was stopped though nobody wanted that", func() {
		r := fine()
		r.recordings[1].StopRequests = 1
		broken(checkRunning(newJudge(r)), "nothing ever wanted that")
	})

	It("finds an object that says that a running recording has ended", func() {
		r := fine()
		r.histories[1].versions[0].recording = shown(keptSID, saying(v1alpha1.StoppedCondition, v1alpha1.RecordingEndedReason))
		broken(checkRunning(newJudge(r)), "says by RecordingEnded that its recording has ended")
	})

	It("excuses what runs on where Agora takes no calls, and the object says so", func() {
		r := fine()
		r.recordings[0].Running = true
		lastOf(r).recording = shown(stoppedSID, wantingStop, saying(v1alpha1.ReadyCondition, v1alpha1.ResourceExpiredReason))
		excused(checkRunning(newJudge(r)))
	})
})

var _ = Describe("The check of names", func() {
	It("finds a name of an answer that the status lacks", func() {
		r := fine()
		lastOf(r).recording.Status.FileList = nil
		broken(checkNames(newJudge(r)), "The name lesson.m3u8, which Agora gave out by an answer to stop with status 200 to process 1")
	})

	It("finds a name of an error", func() {
		r := fine()
		r.answers = append(r.answers, answer{
			process: 1, sid: stoppedSID, method: agorasim.MethodStop, status: http.StatusBadRequest, arrived: after(210), answered: after(220),
			whole: true, body: []byte(`{"code":49,"serverResponse":{"fileListStr":"second.m3u8"}}`),
		})
		broken(checkNames(newJudge(r)), "second.m3u8")
	})

	It("finds a name of an event that was answered with 200", func() {
		r := fine()
		r.notifications = append(r.notifications, notification{
			eventType: agorasim.EventWebRecorderStopped, sid: stoppedSID, arrived: after(210), answered: after(220), signed: true,
			status: http.StatusOK, body: []byte(`{"payload":{"details":{"fileList":[{"filename":"page.m3u8"}]}}}`),
		})
		broken(checkNames(newJudge(r)), "page.m3u8, which Agora gave out by an event of type 71")
		r.notifications[0].signed = false
		excused(checkNames(newJudge(r)))
	})

	It("finds a name of a recording that was started, also before it was known which that is", func() {
		r := fine()
		r.notifications = append(r.notifications, notification{
			eventType: agorasim.EventSnapshotFile, sid: startedSID, arrived: after(110), answered: after(110), signed: true,
			status: http.StatusOK, body: []byte(`{"payload":{"details":{"fileName":"one.jpg"}}}`),
		})
		broken(checkNames(newJudge(r)), "one.jpg")
	})

	It("finds a name that the last log record lacks", func() {
		r := fine()
		lastOf(r).recording = shown(stoppedSID, deleting, named("lesson.m3u8"))
		r.histories[0].gone = after(400)
		r.releases = []release{{object: r.histories[0].object, at: after(350), files: []string{"another.m3u8"}}}
		broken(checkNames(newJudge(r)), "is missing in the last log record")
		r.releases = append(r.releases, release{object: r.histories[0].object, at: after(500), files: []string{"lesson.m3u8"}, late: true})
		excused(checkNames(newJudge(r)))
		r.releases = []release{{object: r.histories[0].object, at: after(350), files: []string{"lesson.m3u8"}}}
		excused(checkNames(newJudge(r)))
	})

	DescribeTable("excuses what nobody could keep", func(change func(*records)) {
		r := fine()
		lastOf(r).recording.Status.FileList = nil
		change(r)
		excused(checkNames(newJudge(r)))
	},
		Entry("since it was cut off", func(r *records) { r.answers[0].whole = false }),
		Entry("since the process was killed", func(r *records) { r.processes[0].end, r.processes[0].ended = endKilled, after(900) }),
		Entry("since the process was paused", func(r *records) { r.processes[0].frozen = []span{{after(250), after(9000)}} }),
		Entry("since the process was killed while the API server was not there", func(r *records) {
			r.troubles = []span{{after(150), after(4000)}}
			r.processes[0].end, r.processes[0].ended = endKilled, after(5000)
		}),
		Entry("since the object was let go of", func(r *records) {
			lastOf(r).recording = shown(stoppedSID, deleting, orphaning)
			r.histories[0].gone = after(210)
			r.releases = []release{{object: r.histories[0].object, at: after(205)}}
		}),
	)

	DescribeTable("excuses nothing else", func(change func(*records)) {
		r := fine()
		lastOf(r).recording.Status.FileList = nil
		change(r)
		broken(checkNames(newJudge(r)), "lesson.m3u8")
	},
		Entry("such as a kill long after", func(r *records) { r.processes[0].end, r.processes[0].ended = endKilled, after(5000) }),
		Entry("such as a kill of another process", func(r *records) {
			r.processes = append(r.processes, process{number: 2, end: endKilled, ended: after(210)})
		}),
		Entry("such as an orderly end, which records what a stop brought", func(r *records) {
			r.processes[0].end, r.processes[0].ended = endTerminated, after(900)
		}),
	)
})

var _ = Describe("The check of what is stuck", func() {
	It("finds an object that is at work still", func() {
		r := fine()
		r.settled[0] = standing{object: object{namespaceA, "stopped"}, state: atWork, reason: v1alpha1.StoppingReason}
		broken(checkStuck(newJudge(r)), `still at work long after the last disturbance, with the reason "Stopping"`)
	})

	It("finds a message that is no sentence", func() {
		r := fine()
		r.settled[0] = standing{state: asksPerson, reason: v1alpha1.InvalidRequestReason, message: "bad request"}
		broken(checkStuck(newJudge(r)), "no whole sentence")
	})

	It("finds an object that waits on though a person has acted", func() {
		r := fine()
		r.final[0] = standing{object: object{namespaceA, "stopped"}, state: asksPerson, reason: v1alpha1.CredentialsRejectedReason}
		r.mended[object{namespaceA, "stopped"}] = []string{"restored the Secret"}
		broken(checkStuck(newJudge(r)), "though a person has done this: restored the Secret")
	})

	It("finds a namespace that does not go", func() {
		r := fine()
		r.namespaceLeft = errors.New("it holds 2 objects")
		broken(checkStuck(newJudge(r)), "it holds 2 objects")
	})
})

var _ = Describe("The check of the rate", func() {
	arriving := func(r *records, apart int, accounts ...string) {
		for i := range 11 {
			r.answers = append(r.answers, answer{account: accounts[i%len(accounts)], arrived: after(10_000 + i*apart)})
		}
	}

	It("finds a second with more requests than are allowed, also across seconds of the clock", func() {
		r := fine()
		arriving(r, 99, "alpha")
		broken(checkRate(newJudge(r)), "The account alpha got 11 requests within 990ms until 12:00:10.990, and its limit is 10 a second.")
	})

	It("does not take what came while nobody could note it for too soon", func() {
		r := fine()
		arriving(r, 99, "alpha")
		r.stalls = []span{{after(9_980), after(9_999)}}
		excused(checkRate(newJudge(r)))
		r.stalls = []span{{after(9_995), after(9_999)}}
		Expect(checkRate(newJudge(r)).violations).To(HaveLen(1))
	})

	It("allows as many in a whole second", func() {
		r := fine()
		arriving(r, 100, "alpha")
		excused(checkRate(newJudge(r)))
	})

	It("does not count the requests of other accounts, or those without valid credentials", func() {
		r := fine()
		arriving(r, 1, "alpha", "", "bravo")
		excused(checkRate(newJudge(r)))
	})
})

var _ = Describe("The check of secrets", func() {
	It("finds one, and does not show it", func() {
		r := fine()
		r.texts[0].content = []byte("one line\n{\"authorization\":\"s3cr3t\"}\n")
		found := checkSecrets(newJudge(r))
		broken(found, "The customer secret stands in line 2 of operator.log.")
		Expect(fmt.Sprint(found)).NotTo(ContainSubstring("s3cr3t"))
	})
})

var _ = Describe("The check of evidence", func() {
	by := func(reason string) *records {
		r := fine()
		r.answers[0].body = []byte(`{}`)
		lastOf(r).recording = shown(stoppedSID, wantingStop, saying(v1alpha1.UploadedCondition, reason))
		return r
	}
	notified := func(r *records, at, status int) {
		r.notifications = []notification{{
			eventType: agorasim.EventUploaded, sid: stoppedSID, arrived: after(at), status: status, body: []byte(`{}`),
			signed: status != http.StatusUnauthorized,
		}}
	}

	DescribeTable("finds a reason without evidence", func(reason string) {
		broken(checkEvidence(newJudge(by(reason))), "by "+reason)
	},
		Entry(nil, v1alpha1.ReportedByAgoraReason), Entry(nil, v1alpha1.NotifiedByAgoraReason),
		Entry(nil, v1alpha1.VerifiedInStorageReason), Entry(nil, v1alpha1.NoRecordedDataReason), Entry(nil, "Hearsay"),
	)

	DescribeTable("takes that nothing was started for evidence that there are no files", func(reason string, recordings []agorasim.Recording, holds bool) {
		r := fine()
		r.recordings = recordings
		startOf(r).recording = shown("", starting, saying(v1alpha1.StoppedCondition, reason), saying(v1alpha1.UploadedCondition, v1alpha1.NoRecordedDataReason))
		Expect(checkEvidence(newJudge(r)).holds()).To(Equal(holds))
	},
		Entry("if nothing was", v1alpha1.NothingToStopReason, nil, true),
		Entry("if no recorder came up", v1alpha1.StartFailedReason, []agorasim.Recording{{CName: "started", NeverUp: true}}, true),
		Entry("not if something was", v1alpha1.NothingToStopReason, []agorasim.Recording{{CName: "started"}}, false),
		Entry("not if a recorder came up", v1alpha1.StartFailedReason, []agorasim.Recording{{CName: "started"}}, false),
		Entry("not if it was stopped", v1alpha1.StopAcknowledgedReason, nil, false),
	)

	DescribeTable("takes that nobody was in the channel for evidence that there are no files", func(leaveCode int32, files []string, holds bool) {
		r := fine()
		r.recordings = []agorasim.Recording{{SID: startedSID, CName: "started", Files: files}}
		startOf(r).recording = shown("", starting, saying(v1alpha1.UploadedCondition, v1alpha1.NoRecordedDataReason), func(recording *v1alpha1.CloudRecording) {
			recording.Status.SID, recording.Status.Exit = startedSID, &v1alpha1.RecorderExit{LeaveCode: &leaveCode}
		})
		Expect(checkEvidence(newJudge(r)).holds()).To(Equal(holds))
	},
		Entry("if the recorder says so and has none", int32(leftForNoUsers), nil, true),
		Entry("not if it left for something else", int32(2), nil, false),
		Entry("not if it has files", int32(leftForNoUsers), []string{"a.m3u8"}, false),
	)

	It("finds evidence that came too late", func() {
		r := fine()
		r.answers[0].answered = after(301)
		broken(checkEvidence(newJudge(r)), "ReportedByAgora")
	})

	It("finds evidence of another recording", func() {
		r := fine()
		r.answers[0].sid = keptSID
		broken(checkEvidence(newJudge(r)), "ReportedByAgora")
	})

	It("does not take the better of two statements", func() {
		r := fine()
		r.answers[0].body = []byte(`{"serverResponse":{"uploadingStatus":"uploaded","extensionServiceState":[
			{"serviceName":"upload_service","payload":{"uploadingStatus":"backuped"}}]}}`)
		broken(checkEvidence(newJudge(r)), "ReportedByAgora")
	})

	It("does not take a notification that was refused", func() {
		r := by(v1alpha1.NotifiedByAgoraReason)
		notified(r, 250, http.StatusUnauthorized)
		broken(checkEvidence(newJudge(r)), "NotifiedByAgora")
		notified(r, 250, http.StatusOK)
		excused(checkEvidence(newJudge(r)))
	})

	It("takes what was in the bucket then", func() {
		r := by(v1alpha1.VerifiedInStorageReason)
		lastOf(r).complete = true
		excused(checkEvidence(newJudge(r)))
	})

	It("looks at every time that it became true", func() {
		r := by(v1alpha1.NoRecordedDataReason)
		r.answers[0].body = []byte(`{"code":435}`)
		h := &r.histories[0]
		h.versions = append(h.versions,
			version{seen: after(400), recording: shown(stoppedSID, wantingStop)},
			version{seen: after(500), recording: shown(stoppedSID, wantingStop, saying(v1alpha1.UploadedCondition, v1alpha1.NotifiedByAgoraReason))})
		found := checkEvidence(newJudge(r))
		Expect(found.looked).To(Equal(2))
		broken(found, "NotifiedByAgora")
	})
})

var _ = Describe("The check of starts", func() {
	// twice finds one thing before a person acts and in the end.
	twice := func(r *records, telling string) {
		GinkgoHelper()
		Expect(checkStarts(newJudge(r)).violations).To(ConsistOf(ContainSubstring(telling), ContainSubstring(telling)))
	}
	lost := func(r *records) {
		r.answers[1].whole = false
		startOf(r).recording = shown("", starting, acquired)
	}

	It("finds a recording whose object does not know it", func() {
		r := fine()
		lost(r)
		twice(r, "neither knows its sid nor tells that it may be running")
	})

	It("finds one that ran when nothing disturbed any more, though a person has ended it", func() {
		r := fine()
		lost(r)
		r.recordings[2].Running = false
		broken(checkStarts(newJudge(r)), "runs before a person did anything")
	})

	It("finds one whose object tells of something else", func() {
		r := fine()
		lost(r)
		stalled(v1alpha1.CredentialsRejectedReason)(startOf(r).recording)
		for i := range startOf(r).recording.Status.Conditions {
			startOf(r).recording.Status.Conditions[i].Message = "The credentials are wrong: mend them."
		}
		twice(r, "neither knows its sid nor tells that it may be running")
	})

	DescribeTable("accepts one whose object tells that it may be running", func(reason string) {
		r := fine()
		lost(r)
		stalled(reason)(startOf(r).recording)
		excused(checkStarts(newJudge(r)))
	},
		Entry(nil, v1alpha1.SIDUnknownReason), Entry(nil, v1alpha1.TaskConflictReason),
	)

	It("finds one whose object has gone", func() {
		r := fine()
		startOf(r).recording = shown("", starting, acquired, begun, deleting)
		r.histories[2].gone = after(400)
		twice(r, "neither knows")
		orphaning(startOf(r).recording)
		excused(checkStarts(newJudge(r)))
	})

	It("finds one that no object started", func() {
		r := fine()
		r.answers[1].cname, r.histories = "kept", r.histories[:2]
		r.answers[1].body = nil
		Expect(checkStarts(newJudge(r)).violations).To(ContainElement(ContainSubstring("and no object started it")))
	})

	It("finds two that ran at once", func() {
		r := fine()
		r.answers = append(r.answers, answer{method: agorasim.MethodStart, cname: "started", resourceID: "another", arrived: after(120)})
		h := &r.histories[2]
		another := shown("", starting, acquired)
		another.Status.ResourceID = "another"
		h.versions = slices.Insert(h.versions, 2, version{seen: after(115), recording: another})
		second := agorasim.Recording{SID: keptSID, ResourceID: "another", CName: "started", StartedAt: after(300), StoppedAt: after(310)}
		r.recordings = append(r.recordings, second)
		broken(checkStarts(newJudge(r)), "ran at once")
		r.recordings[2].Running, r.recordings[2].StoppedAt = false, after(299)
		excused(checkStarts(newJudge(r)))
	})

	It("finds two of one resource ID", func() {
		r := fine()
		r.recordings[2].Running, r.recordings[2].StoppedAt = false, after(299)
		r.recordings = append(r.recordings, agorasim.Recording{SID: keptSID, ResourceID: resourceID, CName: "started", StartedAt: after(300)})
		broken(checkStarts(newJudge(r)), "with one resource ID")
	})

	It("finds a sid that no status ever had", func() {
		r := fine()
		startOf(r).recording = shown("", starting, acquired, stalled(v1alpha1.SIDUnknownReason))
		broken(checkStarts(newJudge(r)), "never stood in the status")
		r.processes[0].end, r.processes[0].ended = endKilled, after(300)
		excused(checkStarts(newJudge(r)))
	})

	It("finds a start that was not written down before", func() {
		r := fine()
		r.histories[2].versions[1].recording = shown("", starting)
		broken(checkStarts(newJudge(r)), "with a resource ID that its status did not name before")
	})
})
