// SPDX-License-Identifier: Apache-2.0

package check

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
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// noon is the beginning of the records.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// after returns the time that is the given number of milliseconds after noon.
func after(milliseconds int) time.Time {
	return noon.Add(time.Duration(milliseconds) * time.Millisecond)
}

const (
	stoppedSID = "5d977a023b6c135c702bcc3cabc21def"
	keptSID    = "cb711ab5d643d4531efd86c18a8c131d"
	startedSID = "0b7a7e3d0a5a4c3f9d2f6c1e8b4a9d70"
	resourceID = "a-resource"

	// The token is from the tests of Agora's own generators. It is for this project, channel
	// and user, and is signed with this certificate.
	startedAppID   = "970CA35de60c44645bbae8a215061b33"
	startedChannel = "7d72365eb983485397e3e3f9d460bdda"
	startedUID     = "2882341273"
	mintedToken    = "007eJxSYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxoAAAAD//8JqJOM="
	certificate    = "5CFd2fd1755d40ecb72977518be15d3b"
)

// tokenEnd is when the token expires.
var tokenEnd = metav1.Unix(1111111+600, 0)

// fine returns records in which every promise was kept: one recording was stopped, one runs,
// and one was started and runs. Each spec breaks a promise in them.
func fine() *record.Records {
	return &record.Records{
		Answers: []record.Answer{{
			Process: 1, Method: faults.MethodStop, SID: stoppedSID, Account: "alpha", Arrived: after(100), Answered: after(200),
			Status: http.StatusOK, Whole: true, Body: []byte(`{"serverResponse":{"fileList":"lesson.m3u8","uploadingStatus":"uploaded"}}`),
		}, {
			Process: 1, Method: faults.MethodStart, ResourceID: resourceID, Account: "alpha", Arrived: after(110), Answered: after(210),
			AppID: startedAppID, CName: startedChannel, UID: startedUID, Token: mintedToken,
			Status: http.StatusOK, Whole: true, Body: []byte(`{"sid":"` + startedSID + `"}`),
		}},
		Recordings: []agorasim.Recording{
			{SID: stoppedSID, StopsTaken: 1, StopRequests: 1}, {SID: keptSID, Running: true},
			{SID: startedSID, ResourceID: resourceID, CName: startedChannel, Running: true, StartedAt: after(150)},
		},
		Histories: []record.History{
			{Object: plan.Object{Namespace: plan.NamespaceA, Name: "stopped"}, UID: "1", Versions: []record.Version{
				{Seen: after(0), Recording: shown(stoppedSID)},
				{Seen: after(50), Recording: shown(stoppedSID, wantingStop)},
				{Seen: after(300), Recording: shown(stoppedSID, wantingStop, named("lesson.m3u8"),
					saying(v1alpha1.StoppedCondition, v1alpha1.StopAcknowledgedReason),
					saying(v1alpha1.UploadedCondition, v1alpha1.ReportedByAgoraReason))},
			}},
			{Object: plan.Object{Namespace: plan.NamespaceA, Name: "kept"}, UID: "2", Versions: []record.Version{{Seen: after(0), Recording: shown(keptSID)}}},
			{Object: plan.Object{Namespace: plan.NamespaceA, Name: "started"}, UID: "3", Versions: []record.Version{
				{Seen: after(0), Recording: shown("", starting)},
				{Seen: after(105), Recording: shown("", starting, acquired)},
				{Seen: after(220), Recording: shown("", starting, acquired, begun)},
			}},
			{Object: plan.Object{Namespace: plan.NamespaceA, Name: "lesson-202601021205"}, UID: "4", Versions: []record.Version{
				{Seen: after(20), Recording: shown("", occurrence(5*time.Minute))},
			}},
		},
		Leases: []record.LeaseWrite{
			{Process: 1, Lease: "shard", IsHeld: true, At: after(10)}, {Process: 1, Lease: "shard", IsHeld: true, At: after(90)},
			{Process: 2, Lease: "shard", IsHeld: true, At: after(400)},
		},
		Schedules:    []record.ScheduleVersion{{Seen: after(10), Schedule: everyMinute()}},
		Processes:    []record.Process{{Number: 1}},
		Accounts:     []plan.Account{{Name: "alpha", Limit: 10}},
		Texts:        []record.Text{{Where: "operator.log", Content: []byte("one line\nanother line\n")}},
		Secrets:      map[string]string{"s3cr3t": "customer secret"},
		Certificates: []string{"another", certificate},
		Settled:      []record.Standing{{Object: plan.Object{Namespace: plan.NamespaceA, Name: "stopped"}, State: record.AsWanted}, {Object: plan.Object{Namespace: plan.NamespaceA, Name: "kept"}, State: record.AsWanted}},
		Final:        []record.Standing{{Object: plan.Object{Namespace: plan.NamespaceA, Name: "stopped"}, State: record.AsWanted}},
		Mended:       map[plan.Object][]string{},
		Quiet: record.Snapshot{At: after(500), Recordings: []agorasim.Recording{
			{SID: startedSID, ResourceID: resourceID, CName: startedChannel, Running: true, StartedAt: after(150)},
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
	r.Spec.CName, r.Spec.Start = startedChannel, &v1alpha1.StartSpec{}
}

func acquired(r *v1alpha1.CloudRecording) {
	r.Status.ResourceID, r.Status.StartRequestedTime = resourceID, &metav1.Time{Time: noon}
	r.Status.TokenExpirationTime = tokenEnd.DeepCopy()
}

func begun(r *v1alpha1.CloudRecording) { r.Status.SID = startedSID }

// stalled sets the conditions of an object that a person must act on.
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

// broken expects that a check finds a single violation with the given text.
func broken(found Result, telling string) {
	GinkgoHelper()
	Expect(found.Violations).To(ConsistOf(ContainSubstring(telling)))
	Expect(found.Holds()).To(BeFalse())
}

// excused expects that a check finds no violation.
func excused(found Result) {
	GinkgoHelper()
	Expect(found.Violations).To(BeEmpty())
}

// startOf returns the last version of the object that was started.
func startOf(r *record.Records) *record.Version { return &r.Histories[2].Versions[2] }

// lastOf returns the last version of the object that was stopped.
func lastOf(r *record.Records) *record.Version { return &r.Histories[0].Versions[2] }

var _ = Describe("All checks", func() {
	It("hold where every promise was kept", func() {
		for _, found := range All(fine()) {
			Expect(found.Holds()).To(BeTrue(), "%s: %v", found.Promise, found.Violations)
		}
	})

	It("do not hold where there was nothing to look at", func() {
		for _, found := range All(&record.Records{}) {
			Expect(found.Violations).To(BeEmpty())
			Expect(found.Holds()).To(BeFalse(), found.Promise)
		}
	})
})

var _ = Describe("The check of what runs", func() {
	It("finds a recording that should have ended", func() {
		r := fine()
		r.Recordings[0].Running = true
		lastOf(r).Recording.Status.Conditions = nil
		broken(checkRunning(newJudge(r)), "still running")
	})

	It("finds one whose object has gone", func() {
		r := fine()
		r.Recordings[0].Running = true
		lastOf(r).Recording = shown(stoppedSID, deleting)
		r.Histories[0].Gone = after(400)
		broken(checkRunning(newJudge(r)), "still running")
	})

	It("finds one that was stopped though nobody wanted that", func() {
		r := fine()
		r.Recordings[1].StopRequests = 1
		broken(checkRunning(newJudge(r)), "nothing ever wanted that")
	})

	It("excuses a stop of one that had ended by itself, before another took its place", func() {
		r := fine()
		r.Recordings[1].StopRequests, r.Recordings[1].Running = 1, false
		r.Histories[1].Versions = append(r.Histories[1].Versions, record.Version{Seen: after(100), Recording: shown(keptSID, func(recording *v1alpha1.CloudRecording) {
			recording.Status.Sessions = []v1alpha1.SessionStatus{{SID: keptSID, StoppedReason: v1alpha1.RecordingEndedReason}}
		})})
		excused(checkRunning(newJudge(r)))
		r.Recordings[1].StopsTaken = 1
		broken(checkRunning(newJudge(r)), "nothing ever wanted that")
	})

	It("finds an object that says that a running recording has ended", func() {
		r := fine()
		r.Histories[1].Versions[0].Recording = shown(keptSID, saying(v1alpha1.StoppedCondition, v1alpha1.RecordingEndedReason))
		broken(checkRunning(newJudge(r)), "says by RecordingEnded that its recording has ended")
	})

	It("excuses what runs on where Agora takes no calls, and the object says so", func() {
		r := fine()
		r.Recordings[0].Running = true
		lastOf(r).Recording = shown(stoppedSID, wantingStop, saying(v1alpha1.ReadyCondition, v1alpha1.ResourceExpiredReason))
		excused(checkRunning(newJudge(r)))
	})
})

var _ = Describe("The check of names", func() {
	It("finds a name of an answer that the status lacks", func() {
		r := fine()
		lastOf(r).Recording.Status.FileList = nil
		broken(checkNames(newJudge(r)), "The name lesson.m3u8, which Agora gave out by an answer to stop with status 200 to process 1")
	})

	It("finds a name of an error", func() {
		r := fine()
		r.Answers = append(r.Answers, record.Answer{
			Process: 1, SID: stoppedSID, Method: faults.MethodStop, Status: http.StatusBadRequest, Arrived: after(210), Answered: after(220),
			Whole: true, Body: []byte(`{"code":49,"serverResponse":{"fileListStr":"second.m3u8"}}`),
		})
		broken(checkNames(newJudge(r)), "second.m3u8")
	})

	It("finds a name of an event that was answered with 200", func() {
		r := fine()
		r.Notifications = append(r.Notifications, record.Notification{
			EventType: notify.EventWebRecorderStopped, SID: stoppedSID, Arrived: after(210), Answered: after(220), Signed: true,
			Status: http.StatusOK, Body: []byte(`{"payload":{"details":{"fileList":[{"filename":"page.m3u8"}]}}}`),
		})
		broken(checkNames(newJudge(r)), "page.m3u8, which Agora gave out by an event of type 71")
		r.Notifications[0].Signed = false
		excused(checkNames(newJudge(r)))
	})

	It("finds a name of a recording that was started, also before it was known which that is", func() {
		r := fine()
		r.Notifications = append(r.Notifications, record.Notification{
			EventType: notify.EventSnapshotFile, SID: startedSID, Arrived: after(110), Answered: after(110), Signed: true,
			Status: http.StatusOK, Body: []byte(`{"payload":{"details":{"fileName":"one.jpg"}}}`),
		})
		broken(checkNames(newJudge(r)), "one.jpg")
	})

	It("finds a name that the last log record lacks", func() {
		r := fine()
		lastOf(r).Recording = shown(stoppedSID, deleting, named("lesson.m3u8"))
		r.Histories[0].Gone = after(400)
		r.Releases = []record.Release{{Object: r.Histories[0].Object, At: after(350), Files: []string{"another.m3u8"}}}
		broken(checkNames(newJudge(r)), "is missing in the last log record")
		r.Releases = append(r.Releases, record.Release{Object: r.Histories[0].Object, At: after(500), Files: []string{"lesson.m3u8"}, Late: true})
		excused(checkNames(newJudge(r)))
		r.Releases = []record.Release{{Object: r.Histories[0].Object, At: after(350), Files: []string{"lesson.m3u8"}}}
		excused(checkNames(newJudge(r)))
	})

	DescribeTable("excuses what nobody could keep", func(change func(*record.Records)) {
		r := fine()
		lastOf(r).Recording.Status.FileList = nil
		change(r)
		excused(checkNames(newJudge(r)))
	},
		Entry("since it was cut off", func(r *record.Records) { r.Answers[0].Whole = false }),
		Entry("since the process was killed", func(r *record.Records) { r.Processes[0].End, r.Processes[0].Ended = record.EndKilled, after(900) }),
		Entry("since the process was paused", func(r *record.Records) { r.Processes[0].Frozen = []record.Span{{Begin: after(250), End: after(9000)}} }),
		Entry("since the process was killed while the API server was not there", func(r *record.Records) {
			r.Troubles = []record.Span{{Begin: after(150), End: after(4000)}}
			r.Processes[0].End, r.Processes[0].Ended = record.EndKilled, after(5000)
		}),
		Entry("since the process was asked to end after it could not write for long", func(r *record.Records) {
			r.Troubles = []record.Span{{Begin: after(150), End: after(40_000)}}
			r.Processes[0].End, r.Processes[0].Ended = record.EndTerminated, after(35_000)
		}),
		Entry("since the object was let go of", func(r *record.Records) {
			lastOf(r).Recording = shown(stoppedSID, deleting, orphaning)
			r.Histories[0].Gone = after(210)
			r.Releases = []record.Release{{Object: r.Histories[0].Object, At: after(205)}}
		}),
	)

	DescribeTable("excuses nothing else", func(change func(*record.Records)) {
		r := fine()
		lastOf(r).Recording.Status.FileList = nil
		change(r)
		broken(checkNames(newJudge(r)), "lesson.m3u8")
	},
		Entry("such as a kill long after", func(r *record.Records) { r.Processes[0].End, r.Processes[0].Ended = record.EndKilled, after(5000) }),
		Entry("such as an end on demand long after the API server was back", func(r *record.Records) {
			r.Troubles = []record.Span{{Begin: after(150), End: after(20_000)}}
			r.Processes[0].End, r.Processes[0].Ended = record.EndTerminated, after(35_000)
		}),
		Entry("such as a kill of another process", func(r *record.Records) {
			r.Processes = append(r.Processes, record.Process{Number: 2, End: record.EndKilled, Ended: after(210)})
		}),
		Entry("such as an orderly end, which records what a stop brought", func(r *record.Records) {
			r.Processes[0].End, r.Processes[0].Ended = record.EndTerminated, after(900)
		}),
	)
})

var _ = Describe("The check of what is stuck", func() {
	It("finds an object that is at work still", func() {
		r := fine()
		r.Settled[0] = record.Standing{Object: plan.Object{Namespace: plan.NamespaceA, Name: "stopped"}, State: record.AtWork, Reason: v1alpha1.StoppingReason}
		broken(checkStuck(newJudge(r)), `still at work long after the last disturbance, with the reason "Stopping"`)
	})

	It("finds a message that is no sentence", func() {
		r := fine()
		r.Settled[0] = record.Standing{State: record.AsksPerson, Reason: v1alpha1.InvalidRequestReason, Message: "bad request"}
		broken(checkStuck(newJudge(r)), "no whole sentence")
	})

	It("finds an object that waits on though a person has acted", func() {
		r := fine()
		r.Final[0] = record.Standing{Object: plan.Object{Namespace: plan.NamespaceA, Name: "stopped"}, State: record.AsksPerson, Reason: v1alpha1.CredentialsRejectedReason}
		r.Mended[plan.Object{Namespace: plan.NamespaceA, Name: "stopped"}] = []string{"restored the Secret"}
		broken(checkStuck(newJudge(r)), "though a person has done this: restored the Secret")
	})

	It("finds a namespace that does not go", func() {
		r := fine()
		r.NamespaceLeft = errors.New("it holds 2 objects")
		broken(checkStuck(newJudge(r)), "it holds 2 objects")
	})
})

var _ = Describe("The check of the rate", func() {
	arriving := func(r *record.Records, apart int, accounts ...string) {
		for i := range 11 {
			r.Answers = append(r.Answers, record.Answer{Account: accounts[i%len(accounts)], Arrived: after(10_000 + i*apart)})
		}
	}

	It("finds a second with more requests than are allowed, also across seconds of the clock", func() {
		r := fine()
		arriving(r, 98, "alpha")
		broken(checkRate(newJudge(r)), "The account alpha got 11 requests within 980ms until 12:00:10.980, and its limit is 10 a second.")
	})

	It("does not take what came while nobody could note it for too soon", func() {
		r := fine()
		arriving(r, 98, "alpha")
		r.Stalls = []record.Span{{Begin: after(9_980), End: after(9_999)}}
		excused(checkRate(newJudge(r)))
		r.Stalls = []record.Span{{Begin: after(9_995), End: after(9_999)}}
		Expect(checkRate(newJudge(r)).Violations).To(HaveLen(1))
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
		r.Texts[0].Content = []byte("one line\n{\"authorization\":\"s3cr3t\"}\n")
		found := checkSecrets(newJudge(r))
		broken(found, "The customer secret stands in line 2 of operator.log.")
		Expect(fmt.Sprint(found)).NotTo(ContainSubstring("s3cr3t"))
	})
})

var _ = Describe("The check of evidence", func() {
	by := func(reason string) *record.Records {
		r := fine()
		r.Answers[0].Body = []byte(`{}`)
		lastOf(r).Recording = shown(stoppedSID, wantingStop, saying(v1alpha1.UploadedCondition, reason))
		return r
	}
	notified := func(r *record.Records, at, status int) {
		r.Notifications = []record.Notification{{
			EventType: notify.EventUploaded, SID: stoppedSID, Arrived: after(at), Status: status, Body: []byte(`{}`),
			Signed: status != http.StatusUnauthorized,
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
		r.Recordings = recordings
		startOf(r).Recording = shown("", starting, saying(v1alpha1.StoppedCondition, reason), saying(v1alpha1.UploadedCondition, v1alpha1.NoRecordedDataReason))
		Expect(checkEvidence(newJudge(r)).Holds()).To(Equal(holds))
	},
		Entry("if nothing was", v1alpha1.NothingToStopReason, nil, true),
		Entry("if no recorder came up", v1alpha1.StartFailedReason, []agorasim.Recording{{CName: startedChannel, NeverUp: true}}, true),
		Entry("not if something was", v1alpha1.NothingToStopReason, []agorasim.Recording{{CName: startedChannel}}, false),
		Entry("not if a recorder came up", v1alpha1.StartFailedReason, []agorasim.Recording{{CName: startedChannel}}, false),
		Entry("not if it was stopped", v1alpha1.StopAcknowledgedReason, nil, false),
	)

	DescribeTable("does not take the recording of another occurrence for that of one that never began", func(name string) {
		r := fine()
		never := func(recording *v1alpha1.CloudRecording) {
			occurrence(5 * time.Minute)(recording)
			saying(v1alpha1.StoppedCondition, v1alpha1.NothingToStopReason)(recording)
			saying(v1alpha1.UploadedCondition, v1alpha1.NoRecordedDataReason)(recording)
		}
		r.Histories[3].Versions = []record.Version{{Seen: after(0), Recording: shown("", never)}}
		of := r.Histories[3].Last().Spec
		r.Recordings = append(r.Recordings, agorasim.Recording{SID: "earlier", AppID: of.AppID, CName: of.CName, UID: of.UID})
		broken(checkEvidence(newJudge(r)), "by "+v1alpha1.NoRecordedDataReason)
		r.Histories = append(r.Histories, record.History{
			Object: plan.Object{Namespace: r.Histories[3].Object.Namespace, Name: name}, UID: "5",
			Versions: []record.Version{{Seen: after(0), Recording: shown("earlier", occurrence(4*time.Minute))}},
		})
		excused(checkEvidence(newJudge(r)))
	},
		Entry("which is an earlier one", "lesson-202601021204"),
		Entry("which was made once more, with the same name", "lesson-202601021205"),
	)

	DescribeTable("takes that nobody was in the channel for evidence that there are no files", func(leaveCode int32, files []string, holds bool) {
		r := fine()
		r.Recordings = []agorasim.Recording{{SID: startedSID, CName: startedChannel, Files: files}}
		startOf(r).Recording = shown("", starting, saying(v1alpha1.UploadedCondition, v1alpha1.NoRecordedDataReason), func(recording *v1alpha1.CloudRecording) {
			recording.Status.SID, recording.Status.Exit = startedSID, &v1alpha1.RecorderExit{LeaveCode: &leaveCode}
		})
		Expect(checkEvidence(newJudge(r)).Holds()).To(Equal(holds))
	},
		Entry("if the recorder says so and has none", int32(leftForNoUsers), nil, true),
		Entry("not if it left for something else", int32(2), nil, false),
		Entry("not if it has files", int32(leftForNoUsers), []string{"a.m3u8"}, false),
	)

	It("finds evidence that came too late", func() {
		r := fine()
		r.Answers[0].Answered = after(301)
		broken(checkEvidence(newJudge(r)), "ReportedByAgora")
	})

	It("finds evidence of another recording", func() {
		r := fine()
		r.Answers[0].SID = keptSID
		broken(checkEvidence(newJudge(r)), "ReportedByAgora")
	})

	It("does not take the better of two statements", func() {
		r := fine()
		r.Answers[0].Body = []byte(`{"serverResponse":{"uploadingStatus":"uploaded","extensionServiceState":[
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
		lastOf(r).Complete = true
		excused(checkEvidence(newJudge(r)))
	})

	It("looks at every time that it became true", func() {
		r := by(v1alpha1.NoRecordedDataReason)
		r.Answers[0].Body = []byte(`{"code":435}`)
		h := &r.Histories[0]
		h.Versions = append(h.Versions,
			record.Version{Seen: after(400), Recording: shown(stoppedSID, wantingStop)},
			record.Version{Seen: after(500), Recording: shown(stoppedSID, wantingStop, saying(v1alpha1.UploadedCondition, v1alpha1.NotifiedByAgoraReason))})
		found := checkEvidence(newJudge(r))
		Expect(found.Looked).To(Equal(2))
		broken(found, "NotifiedByAgora")
	})
})

var _ = Describe("The check of starts", func() {
	// twice expects the same violation before a person acts and in the end.
	twice := func(r *record.Records, telling string) {
		GinkgoHelper()
		Expect(checkStarts(newJudge(r)).Violations).To(ConsistOf(ContainSubstring(telling), ContainSubstring(telling)))
	}
	lost := func(r *record.Records) {
		r.Answers[1].Whole = false
		startOf(r).Recording = shown("", starting, acquired)
	}

	It("finds a recording whose object does not know it", func() {
		r := fine()
		lost(r)
		twice(r, "neither knows its sid nor tells that it may be running")
	})

	It("finds one that ran when nothing disturbed any more, though a person has ended it", func() {
		r := fine()
		lost(r)
		r.Recordings[2].Running = false
		broken(checkStarts(newJudge(r)), "runs before a person did anything")
	})

	It("finds one whose object tells of something else", func() {
		r := fine()
		lost(r)
		stalled(v1alpha1.CredentialsRejectedReason)(startOf(r).Recording)
		for i := range startOf(r).Recording.Status.Conditions {
			startOf(r).Recording.Status.Conditions[i].Message = "The credentials are wrong: mend them."
		}
		twice(r, "neither knows its sid nor tells that it may be running")
	})

	DescribeTable("accepts one whose object tells that it may be running", func(reason string) {
		r := fine()
		lost(r)
		stalled(reason)(startOf(r).Recording)
		excused(checkStarts(newJudge(r)))
	},
		Entry(nil, v1alpha1.SIDUnknownReason), Entry(nil, v1alpha1.TaskConflictReason),
	)

	It("finds one whose object has gone", func() {
		r := fine()
		startOf(r).Recording = shown("", starting, acquired, begun, deleting)
		r.Histories[2].Gone = after(400)
		twice(r, "neither knows")
		orphaning(startOf(r).Recording)
		excused(checkStarts(newJudge(r)))
	})

	It("finds one that no object started", func() {
		r := fine()
		r.Answers[1].CName, r.Histories = "kept", r.Histories[:2]
		r.Answers[1].Body = nil
		Expect(checkStarts(newJudge(r)).Violations).To(ContainElement(ContainSubstring("and no object started it")))
	})

	It("finds two that ran at once", func() {
		r := fine()
		r.Answers = append(r.Answers, record.Answer{Method: faults.MethodStart, CName: startedChannel, ResourceID: "another", Arrived: after(120)})
		h := &r.Histories[2]
		another := shown("", starting, acquired)
		another.Status.ResourceID = "another"
		h.Versions = slices.Insert(h.Versions, 2, record.Version{Seen: after(115), Recording: another})
		second := agorasim.Recording{SID: keptSID, ResourceID: "another", CName: startedChannel, StartedAt: after(300), StoppedAt: after(310)}
		r.Recordings = append(r.Recordings, second)
		broken(checkStarts(newJudge(r)), "ran at once")
		r.Recordings[2].Running, r.Recordings[2].StoppedAt = false, after(299)
		excused(checkStarts(newJudge(r)))
	})

	It("finds two of one resource ID", func() {
		r := fine()
		r.Recordings[2].Running, r.Recordings[2].StoppedAt = false, after(299)
		r.Recordings = append(r.Recordings, agorasim.Recording{SID: keptSID, ResourceID: resourceID, CName: startedChannel, StartedAt: after(300)})
		broken(checkStarts(newJudge(r)), "with one resource ID")
	})

	It("finds a sid that no status ever had", func() {
		r := fine()
		startOf(r).Recording = shown("", starting, acquired, stalled(v1alpha1.SIDUnknownReason))
		broken(checkStarts(newJudge(r)), "never stood in the status")
		r.Processes[0].End, r.Processes[0].Ended = record.EndKilled, after(300)
		excused(checkStarts(newJudge(r)))
	})

	It("takes the sid in the last log record of an object that has gone", func() {
		r := fine()
		startOf(r).Recording = shown("", starting, acquired, deleting)
		r.Recordings[2].Running, r.Quiet.Recordings[0].Running = false, false
		h := &r.Histories[2]
		h.Gone = after(400)
		r.Releases = []record.Release{{Object: h.Object, At: after(350)}}
		broken(checkStarts(newJudge(r)), "or in its last log record")
		r.Releases[0].SIDs = []string{startedSID}
		excused(checkStarts(newJudge(r)))
	})

	It("finds a start that was not written down before", func() {
		r := fine()
		r.Histories[2].Versions[1].Recording = shown("", starting)
		broken(checkStarts(newJudge(r)), "with a resource ID that its status did not name before")
	})
})
