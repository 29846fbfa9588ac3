// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/storage"
)

const day = 24 * time.Hour

// withStorage sets spec.storage, which the operator has not checked yet. It must come after
// modifiers that change the generation.
func withStorage(s *situation) {
	s.recording.Spec.Storage = recordingtest.Storage()
	s.recording.Status.ObservedGeneration = s.recording.Generation
	s.observed.StorageVersion = "1"
	s.observed.Memory.VerifyTrigger = Trigger{Generation: s.recording.Generation, CredentialsVersion: "1"}
}

// lookedBefore makes the last check have failed, and sets when the next one is due.
func lookedBefore(next time.Duration) modifier {
	return func(s *situation) {
		withStorage(s)
		s.observed.Memory.verified = true
		s.observed.Memory.verifyNotBefore = recordingtest.Noon.Add(next)
		verifiedIs(metav1.ConditionUnknown, v1alpha1.StorageUnavailableReason)(s)
	}
}

func verifiedIs(status metav1.ConditionStatus, reason string) modifier {
	return func(s *situation) {
		meta.SetStatusCondition(&s.recording.Status.Conditions, metav1.Condition{Type: v1alpha1.VerifiedCondition, Status: status, Reason: reason})
	}
}

// verified makes all files have been found.
func verified(s *situation) {
	withStorage(s)
	verifiedIs(metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason)(s)
	s.recording.Status.Verification = &v1alpha1.StorageVerification{
		Location: lifecycle.LocationOf(recordingtest.Storage()).String(), Time: metav1.Time{Time: recordingtest.Noon.Add(-time.Minute)}, Indexes: 1,
	}
}

func elsewhere(s *situation) {
	s.recording.Spec.Storage.Bucket = "archive"
	s.recording.Generation++
}

func looking(s *situation) { s.observed.Verifying = true }

func withoutStorageKey(s *situation) {
	s.observed.StorageVersion = ""
	s.observed.StorageProblem = `Secret "bucket" does not exist.`
}

// brought delivers the finding of a check.
func brought(finding storage.Finding) modifier {
	return func(s *situation) {
		s.observed.Verification = &Verification{Location: lifecycle.LocationOf(s.recording.Spec.Storage).String(), Named: lifecycle.NamedFiles(s.recording.Status), Finding: finding}
	}
}

// failedBy makes a check fail with a kind of problem.
func failedBy(kind storage.Kind) modifier {
	return func(s *situation) {
		s.observed.Verification = &Verification{
			Location: lifecycle.LocationOf(s.recording.Spec.Storage).String(),
			Err:      &storage.Problem{Kind: kind, Message: "The bucket cannot be read."},
		}
	}
}

// naming makes Agora have named files, together with the state of their upload.
func naming(names ...string) modifier {
	return func(s *situation) {
		s.recording.Status.FileListFinal = true
		for _, name := range names {
			s.recording.Status.FileList = append(s.recording.Status.FileList, v1alpha1.RecordedFile{FileName: name})
		}
	}
}

// moved makes Agora have notified that the recorder was moved to another server.
func moved(s *situation) {
	s.recording.Status.Failover = &v1alpha1.RecorderFailover{NewUID: "2", Time: metav1.NewTime(recordingtest.Noon.Add(-2 * time.Minute))}
}

// after returns the situation some time after a decision.
func (s situation) after(d Decision, passed time.Duration, modifiers ...modifier) situation {
	next := situation{recording: *s.recording.DeepCopy(), observed: s.observed}
	next.recording.Status = *d.Status.DeepCopy()
	next.observed.Memory = d.Memory
	next.observed.Now = s.observed.Now.Add(passed)
	next.observed.Answer, next.observed.Verification, next.observed.Events = nil, nil, nil
	next.observed.Verifying = false
	for _, modify := range modifiers {
		modify(&next)
	}
	return next
}

func completeFinding() storage.Finding {
	return storage.Finding{
		Indexes: 1, Slices: 3, MP4s: 1, Bytes: 4000, Playable: 45 * time.Second, Named: true,
		Files: []string{"rec/sid_lesson.m3u8", "rec/sid_lesson_0.mp4"},
	}
}

func unnamedFinding() storage.Finding {
	finding := completeFinding()
	finding.Named = false
	return finding
}

func incompleteFinding() storage.Finding {
	finding := completeFinding()
	finding.Missing, finding.MissingFiles = 2, []string{"rec/sid_lesson_1.ts", "rec/sid_lesson_2.ts"}
	return finding
}

// TestDecideLook states when the bucket is checked.
func TestDecideLook(t *testing.T) {
	for name, test := range map[string]struct {
		situation    situation
		Action       Action
		priority     budget.Priority
		requeueAfter time.Duration
	}{
		"never while the recorder runs": {
			situation: given(withStorage), Action: ActionNone, requeueAfter: time.Minute,
		},
		"nor while it is being stopped": {
			situation: given(stopRequested, withStorage), Action: ActionStop, priority: budget.Stop,
		},
		"at once after the stop": {
			situation: given(stoppedAgo(0, agora.Backuped), gone, withStorage), Action: ActionVerify, requeueAfter: day,
		},
		"at once when the stop is answered": {
			situation: given(stopRequested, withStorage, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{}))),
			Action:    ActionVerify, requeueAfter: day,
		},
		"also where Agora said that all is uploaded": {
			situation: given(stopRequested, withStorage, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded}))),
			Action:    ActionVerify, requeueAfter: day,
		},
		"not where nothing was recorded": {
			situation: given(stopRequested, withStorage, answered(stopAnswer(206, 435, agora.NoRecordedData, agora.Report{}))), Action: ActionNone,
		},
		"before a query that is due too": {
			situation: given(stoppedAgo(5*time.Second, agora.Backuped), withStorage), Action: ActionVerify, requeueAfter: day - 5*time.Second,
		},
		"which comes when the look has ended": {
			situation: given(stoppedAgo(5*time.Second, agora.Backuped), withStorage, brought(incompleteFinding())),
			Action:    ActionQuery, priority: budget.Confirm, requeueAfter: 5 * time.Second,
		},
		"one at a time": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, withStorage, looking), Action: ActionNone, requeueAfter: 20 * time.Second,
		},
		"not while a call is under way": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), withStorage, callInFlight(agora.MethodQuery, time.Second)), Action: ActionNone,
		},
		"not before the time has come": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, lookedBefore(20*time.Second)), Action: ActionNone, requeueAfter: 20 * time.Second,
		},
		"but when it has": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, lookedBefore(0)), Action: ActionVerify, requeueAfter: 23 * time.Hour,
		},
		"at once with another key": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, lookedBefore(20*time.Second), func(s *situation) {
				s.observed.StorageVersion = "2"
			}), Action: ActionVerify, requeueAfter: 23 * time.Hour,
		},
		"at once with another spec": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, lookedBefore(20*time.Second), func(s *situation) {
				s.recording.Generation++
			}), Action: ActionVerify, requeueAfter: 23 * time.Hour,
		},
		"at once with a new value of reconcile-at": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, lookedBefore(20*time.Second), func(s *situation) {
				s.recording.Annotations = map[string]string{v1alpha1.ReconcileAtAnnotation: "now"}
			}), Action: ActionVerify, requeueAfter: 23 * time.Hour,
		},
		"not while it is suspended": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, suspended, withStorage), Action: ActionNone, requeueAfter: 20 * time.Second,
		},
		"but while a suspended one is deleted": {
			situation: given(stoppedAgo(0, agora.Backuped), gone, suspended, deleted, withStorage), Action: ActionVerify, requeueAfter: 30 * time.Minute,
		},
		"not without a key": {
			situation: given(stoppedAgo(time.Hour, agora.Uploaded), gone, uploaded, withStorage, withoutStorageKey), Action: ActionNone, requeueAfter: slowRetry,
		},
		"not once all was found": {
			situation: given(uploaded, verified), Action: ActionNone,
		},
		"but again when the location changes": {
			situation: given(uploaded, verified, elsewhere), Action: ActionVerify, requeueAfter: 23 * time.Hour,
		},
		"also where it changed while nobody reconciled": {
			situation: given(uploaded, verified, elsewhere, restarted), Action: ActionVerify, requeueAfter: 23 * time.Hour,
		},
		"again at once where a look went elsewhere than is wanted now": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, withStorage, brought(completeFinding()), elsewhere),
			Action:    ActionVerify, requeueAfter: 23 * time.Hour,
		},
		"after a restart on the same grid": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, lookedBefore(0), restarted), Action: ActionNone, requeueAfter: 20 * time.Second,
		},
		"after a restart at once, if it was edited meanwhile": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, lookedBefore(0), restarted, func(s *situation) { s.recording.Generation++ }),
			Action:    ActionVerify, requeueAfter: 23 * time.Hour,
		},
		"after a restart at once, if the key came meanwhile": {
			situation: given(stoppedAgo(11*day, agora.Backuped), gone, withStorage, restarted,
				verifiedIs(metav1.ConditionUnknown, v1alpha1.StorageCredentialsNotFoundReason)),
			Action: ActionVerify,
		},
		"no more ten days after the stop": {
			situation: given(stoppedAgo(10*day, agora.Backuped), gone, lookedBefore(-time.Hour)), Action: ActionNone,
		},
		"nor after a restart then": {
			situation: given(stoppedAgo(10*day, agora.Backuped), gone, lookedBefore(0), restarted), Action: ActionNone,
		},
		"but once where storage was set later": {
			situation: given(stoppedAgo(10*day, agora.Backuped), gone, withStorage), Action: ActionVerify,
		},
		"and once where it was edited later": {
			situation: given(stoppedAgo(10*day, agora.Backuped), gone, lookedBefore(-time.Hour), elsewhere), Action: ActionVerify,
		},
		"and no second time": {
			situation: given(stoppedAgo(10*day, agora.Backuped), gone, withStorage, failedBy(storage.AccessDenied)), Action: ActionNone,
		},
		"unless it did not get its turn": {
			situation: given(stoppedAgo(10*day, agora.Backuped), gone, withStorage, failedBy(storage.Busy)), Action: ActionNone, requeueAfter: time.Hour,
		},
		"a notified upload makes it at once": {
			situation: given(stoppedAgo(time.Hour, agora.Backuped), gone, lookedBefore(20*time.Second), notified(uploadedEvent(0))),
			Action:    ActionVerify, requeueAfter: 23 * time.Hour,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := test.situation.decide()
			g.Expect(d.Action).To(Equal(test.Action))
			if test.Action.IsCall() {
				g.Expect(d.Priority).To(Equal(test.priority))
			}
			if test.requeueAfter == 0 {
				g.Expect(d.RequeueAt).To(BeZero())
			} else {
				g.Expect(d.RequeueAt.Sub(recordingtest.Noon)).To(Equal(test.requeueAfter))
			}
		})
	}
}

// TestDecideLookSchedule states how long after a check the next one is due: by the same
// schedule as all checks of an upload.
func TestDecideLookSchedule(t *testing.T) {
	for sinceStop, want := range map[time.Duration]time.Duration{
		0:                  5 * time.Second,
		3 * time.Second:    2 * time.Second,
		5 * time.Second:    5 * time.Second,
		100 * time.Second:  time.Minute,
		320 * time.Second:  5 * time.Minute,
		time.Hour:          20 * time.Second,
		day - time.Minute:  time.Minute,
		day:                time.Hour,
		25 * time.Hour:     time.Hour,
		10*day - time.Hour: time.Hour,
	} {
		for name, state := range map[string]modifier{"not confirmed": gone, "contradicted": uploaded} {
			t.Run(sinceStop.String()+" after the stop, "+name, func(t *testing.T) {
				g := NewWithT(t)
				s := given(state, stoppedAgo(sinceStop, agora.Uploaded), withStorage, brought(incompleteFinding()))
				d := s.decide()
				g.Expect(d.RequeueAt.Sub(recordingtest.Noon)).To(Equal(want))
				if sinceStop+want < 10*day && sinceStop+want != day {
					g.Expect(s.after(d, want-time.Second).decide().Action).NotTo(Equal(ActionVerify))
					g.Expect(s.after(d, want).decide().Action).To(Equal(ActionVerify))
				}
			})
		}
	}
}

// TestDecideLooked states what each check proves, and that the same check proves nothing
// new.
func TestDecideLooked(t *testing.T) {
	const pending, missing = v1alpha1.UploadPendingReason, v1alpha1.FilesMissingReason
	screenshots := storage.Finding{Screenshots: 4, Bytes: 400}
	for name, test := range map[string]struct {
		situation    situation
		verified     metav1.ConditionStatus
		reason       string
		uploaded     string
		ready        string
		phase        v1alpha1.RecordingPhase
		stalled      bool
		contradicted bool
	}{
		"all that Agora named is there": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, naming(), withStorage, brought(completeFinding())),
			verified:  metav1.ConditionTrue, reason: v1alpha1.VerifiedInStorageReason,
			uploaded: v1alpha1.VerifiedInStorageReason, ready: v1alpha1.UploadedReason, phase: v1alpha1.PhaseCompleted,
		},
		"all that Agora named is there, and nothing of the server that the recorder was moved to": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, naming(), moved, withStorage, brought(completeFinding())),
			verified:  metav1.ConditionUnknown, reason: v1alpha1.StillArrivingReason,
			uploaded: v1alpha1.BackupedReason, ready: pending, phase: v1alpha1.PhaseUploading,
		},
		"all that Agora named is there, and what a moved recorder made is among it": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, naming("bak0_2.m3u8"), moved, withStorage, brought(completeFinding())),
			verified:  metav1.ConditionTrue, reason: v1alpha1.VerifiedInStorageReason,
			uploaded: v1alpha1.VerifiedInStorageReason, ready: v1alpha1.UploadedReason, phase: v1alpha1.PhaseCompleted,
		},
		"all that Agora named before the stop is there": {
			situation: given(stoppedAgo(time.Minute, ""), gone, withStorage, brought(completeFinding())),
			verified:  metav1.ConditionUnknown, reason: v1alpha1.StillArrivingReason,
			uploaded: v1alpha1.NotReportedReason, ready: pending, phase: v1alpha1.PhaseUploading,
		},
		"all that is there is complete, and Agora named nothing": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, withStorage, brought(unnamedFinding())),
			verified:  metav1.ConditionUnknown, reason: v1alpha1.StillArrivingReason,
			uploaded: v1alpha1.BackupedReason, ready: pending, phase: v1alpha1.PhaseUploading,
		},
		"the same, once Agora's backup is gone": {
			situation: given(stoppedAgo(11*day, agora.Backuped), gone, withStorage, brought(unnamedFinding())),
			verified:  metav1.ConditionTrue, reason: v1alpha1.VerifiedInStorageReason,
			uploaded: v1alpha1.VerifiedInStorageReason, ready: v1alpha1.UploadedReason, phase: v1alpha1.PhaseCompleted,
		},
		"screenshots are there": {
			situation: given(stoppedAgo(time.Minute, ""), gone, withStorage, brought(screenshots)),
			verified:  metav1.ConditionUnknown, reason: v1alpha1.StillArrivingReason,
			uploaded: v1alpha1.NotReportedReason, ready: pending, phase: v1alpha1.PhaseUploading,
		},
		"screenshots are there, which Agora said to be uploaded": {
			situation: given(uploaded, withStorage, brought(screenshots)),
			verified:  metav1.ConditionTrue, reason: v1alpha1.VerifiedInStorageReason,
			uploaded: v1alpha1.ReportedByAgoraReason, ready: v1alpha1.UploadedReason, phase: v1alpha1.PhaseCompleted,
		},
		"slices are missing": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, withStorage, brought(incompleteFinding())),
			verified:  metav1.ConditionFalse, reason: missing,
			uploaded: v1alpha1.BackupedReason, ready: pending, phase: v1alpha1.PhaseUploading,
		},
		"only what is missing is known": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, withStorage,
				brought(storage.Finding{Named: true, Missing: 1, MissingFiles: []string{"rec/sid_lesson.m3u8"}})),
			verified: metav1.ConditionFalse, reason: missing,
			uploaded: v1alpha1.BackupedReason, ready: pending, phase: v1alpha1.PhaseUploading,
		},
		"nothing is there": {
			situation: given(stoppedAgo(time.Minute, agora.Unknow), gone, withStorage, brought(storage.Finding{})),
			verified:  metav1.ConditionFalse, reason: v1alpha1.NoFilesFoundReason,
			uploaded: v1alpha1.NotReportedReason, ready: pending, phase: v1alpha1.PhaseUploading,
		},
		"slices are missing after confirmTimeout": {
			situation: given(stoppedAgo(25*time.Hour, agora.Backuped), gone, withStorage, brought(incompleteFinding())),
			verified:  metav1.ConditionFalse, reason: missing,
			uploaded: v1alpha1.BackupedReason, ready: v1alpha1.UploadNotConfirmedReason, phase: v1alpha1.PhaseUploading, stalled: true,
		},
		"slices are missing that Agora said to be uploaded": {
			situation: given(uploaded, withStorage, brought(incompleteFinding())),
			verified:  metav1.ConditionFalse, reason: missing,
			uploaded: v1alpha1.ReportedByAgoraReason, ready: pending, phase: v1alpha1.PhaseUploading, contradicted: true,
		},
		"nothing is there of what Agora said to be uploaded": {
			situation: given(uploaded, withStorage, brought(storage.Finding{})),
			verified:  metav1.ConditionFalse, reason: v1alpha1.NoFilesFoundReason,
			uploaded: v1alpha1.ReportedByAgoraReason, ready: pending, phase: v1alpha1.PhaseUploading, contradicted: true,
		},
		"slices are missing for long that Agora said to be uploaded": {
			situation: given(uploaded, stoppedAgo(25*time.Hour, agora.Uploaded), withStorage, brought(incompleteFinding())),
			verified:  metav1.ConditionFalse, reason: missing,
			uploaded: v1alpha1.ReportedByAgoraReason, ready: v1alpha1.UploadNotConfirmedReason, phase: v1alpha1.PhaseUploading,
			stalled: true, contradicted: true,
		},
		"all is there at last": {
			situation: given(uploaded, stoppedAgo(25*time.Hour, agora.Uploaded), withStorage,
				verifiedIs(metav1.ConditionFalse, missing), brought(completeFinding())),
			verified: metav1.ConditionTrue, reason: v1alpha1.VerifiedInStorageReason,
			uploaded: v1alpha1.ReportedByAgoraReason, ready: v1alpha1.UploadedReason, phase: v1alpha1.PhaseCompleted,
		},
		"the key for the bucket is missing": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, withStorage, withoutStorageKey),
			verified:  metav1.ConditionUnknown, reason: v1alpha1.StorageCredentialsNotFoundReason,
			uploaded: v1alpha1.BackupedReason, ready: pending, phase: v1alpha1.PhaseUploading,
		},
		"the key is missing for long, and Agora said that all is uploaded": {
			situation: given(uploaded, stoppedAgo(25*time.Hour, agora.Uploaded), withStorage, withoutStorageKey),
			verified:  metav1.ConditionUnknown, reason: v1alpha1.StorageCredentialsNotFoundReason,
			uploaded: v1alpha1.ReportedByAgoraReason, ready: v1alpha1.UploadedReason, phase: v1alpha1.PhaseCompleted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := test.situation.decide()
			verified := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.VerifiedCondition)
			g.Expect(verified).NotTo(BeNil())
			g.Expect(verified.Status).To(Equal(test.verified))
			g.Expect(verified.Reason).To(Equal(test.reason))
			g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(test.uploaded))
			g.Expect(reasonOf(d, v1alpha1.ReadyCondition)).To(Equal(test.ready))
			g.Expect(d.Status.Phase).To(Equal(test.phase))
			g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.StalledCondition)).To(Equal(test.stalled))
			g.Expect(lifecycle.IsContradicted(d.Status)).To(Equal(test.contradicted))

			again := test.situation.after(d, 10*time.Second, func(s *situation) { s.observed.Verification = test.situation.observed.Verification })
			g.Expect(again.decide().Status).To(BeComparableTo(d.Status))
		})
	}
}

// TestDecideLookFailed states what each failure of a check means: it leaves open what the
// bucket contains, and does not affect a recording that is otherwise fine.
func TestDecideLookFailed(t *testing.T) {
	for kind, reason := range map[storage.Kind]string{
		storage.Unavailable:         v1alpha1.StorageUnavailableReason,
		storage.EndpointNotAllowed:  v1alpha1.StorageEndpointNotAllowedReason,
		storage.CredentialsRejected: v1alpha1.StorageCredentialsRejectedReason,
		storage.AccessDenied:        v1alpha1.StorageAccessDeniedReason,
		storage.BucketNotFound:      v1alpha1.BucketNotFoundReason,
		storage.Throttled:           v1alpha1.StorageUnavailableReason,
		storage.Busy:                v1alpha1.StorageUnavailableReason,
		storage.IndexInvalid:        v1alpha1.IndexInvalidReason,
		storage.TooLarge:            v1alpha1.IndexInvalidReason,
	} {
		t.Run(kind.String(), func(t *testing.T) {
			for _, sinceStop := range []time.Duration{time.Hour, 25 * time.Hour} {
				g := NewWithT(t)
				fine := given(uploaded, stoppedAgo(sinceStop, agora.Uploaded), withStorage, failedBy(kind)).decide()
				verified := meta.FindStatusCondition(fine.Status.Conditions, v1alpha1.VerifiedCondition)
				g.Expect(verified.Status).To(Equal(metav1.ConditionUnknown))
				g.Expect(verified.Reason).To(Equal(reason))
				g.Expect(verified.Message).To(Equal("The bucket cannot be read."))
				g.Expect(reasonOf(fine, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.UploadedReason))
				g.Expect(fine.Status.Conditions).NotTo(ContainElement(HaveField("Type", v1alpha1.StalledCondition)))
				g.Expect(lifecycle.IsContradicted(fine.Status)).To(BeFalse())
			}
			g := NewWithT(t)
			pending := given(stoppedAgo(time.Minute, agora.Backuped), gone, withStorage, failedBy(kind)).decide()
			g.Expect(reasonOf(pending, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.BackupedReason))
			g.Expect(reasonOf(pending, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.UploadPendingReason))
			ready := meta.FindStatusCondition(pending.Status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(ready.Message).To(HaveSuffix(" The bucket cannot be read."))
			g.Expect(pending.Status.Verification).To(BeNil())
		})
	}
}

// TestDecideLookFailedAfterFinding states that missing files do not count as found once the
// bucket can no longer be read.
func TestDecideLookFailedAfterFinding(t *testing.T) {
	g := NewWithT(t)
	s := given(uploaded, withStorage, brought(incompleteFinding()))
	lacking := s.decide()
	for _, failure := range []modifier{failedBy(storage.Unavailable), withoutStorageKey} {
		next := s.after(lacking, time.Minute, failure).decide()
		g.Expect(meta.FindStatusCondition(next.Status.Conditions, v1alpha1.VerifiedCondition).Status).To(Equal(metav1.ConditionUnknown))
		g.Expect(next.Status.Verification).To(Equal(lacking.Status.Verification))
		g.Expect(lifecycle.IsContradicted(next.Status)).To(BeTrue())
		g.Expect(reasonOf(next, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.UploadPendingReason))
	}
	other := s.after(lacking, time.Minute, elsewhere, failedBy(storage.Unavailable)).decide()
	g.Expect(lifecycle.IsContradicted(other.Status)).To(BeFalse(), "what another bucket lacks says nothing of this one")
}

// TestDecideStillArriving states that files that Agora has not named count as complete once
// nothing has changed for half an hour.
func TestDecideStillArriving(t *testing.T) {
	g := NewWithT(t)
	s := given(stoppedAgo(time.Hour, agora.Unknow), gone, withStorage, brought(unnamedFinding()))
	first := s.decide()
	g.Expect(reasonOf(first, v1alpha1.VerifiedCondition)).To(Equal(v1alpha1.StillArrivingReason))

	more := unnamedFinding()
	more.Slices++
	grown := s.after(first, 4*time.Minute, brought(more))
	second := grown.decide()
	g.Expect(second.Status.Verification.Time.Time).To(Equal(recordingtest.Noon.Add(4 * time.Minute)))
	g.Expect(reasonOf(second, v1alpha1.VerifiedCondition)).To(Equal(v1alpha1.StillArrivingReason))

	early := grown.after(second, 30*time.Minute-time.Second, brought(more)).decide()
	g.Expect(early.Status).To(BeComparableTo(second.Status))
	g.Expect(early.RequeueAt).To(Equal(recordingtest.Noon.Add(34*time.Minute)), "no later than it counts")

	settled := grown.after(second, 30*time.Minute, brought(more)).decide()
	g.Expect(settled.Status.Verification).To(Equal(second.Status.Verification))
	g.Expect(reasonOf(settled, v1alpha1.VerifiedCondition)).To(Equal(v1alpha1.VerifiedInStorageReason))
	g.Expect(reasonOf(settled, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.VerifiedInStorageReason))
	g.Expect(settled.Status.UploadedTime.Time).To(Equal(recordingtest.Noon.Add(34 * time.Minute)))
	g.Expect(settled.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
}

// TestDecideDiscovered states that names found in the bucket are marked as such.
func TestDecideDiscovered(t *testing.T) {
	g := NewWithT(t)
	s := given(stoppedAgo(time.Minute, agora.Backuped), gone, naming("sid_lesson.m3u8"), withStorage, brought(incompleteFinding()))
	d := s.decide()
	g.Expect(d.Status.FileList).To(Equal([]v1alpha1.RecordedFile{
		{FileName: "sid_lesson.m3u8"},
		{FileName: "rec/sid_lesson_0.mp4", Discovered: true},
	}), "a name counts with the folder and without it")
	g.Expect(d.Status.FileCount).To(BeEquivalentTo(2))
	g.Expect(lifecycle.NamedFiles(d.Status)).To(Equal([]string{"sid_lesson.m3u8"}), "Agora has not named the other")

	again := s.after(d, time.Minute, brought(incompleteFinding()))
	g.Expect(again.decide().Status.FileList).To(Equal(d.Status.FileList))

	named := again.after(again.decide(), time.Minute, notified(happened(4, 0, files("rec/sid_lesson_0.mp4"))))
	g.Expect(lifecycle.NamedFiles(named.decide().Status)).To(Equal([]string{"sid_lesson.m3u8", "rec/sid_lesson_0.mp4"}))
}

// TestDecideVerification states what the status says about a check.
func TestDecideVerification(t *testing.T) {
	g := NewWithT(t)
	d := given(stoppedAgo(time.Minute, agora.Backuped), gone, withStorage, brought(incompleteFinding())).decide()
	g.Expect(d.Status.Verification).To(Equal(&v1alpha1.StorageVerification{
		Location: "storage.example.com/recordings/rec/", Time: metav1.Time{Time: recordingtest.Noon},
		Indexes: 1, Slices: 3, MP4s: 1, Bytes: 4000, PlayableSeconds: 45,
		Missing: 2, MissingFiles: []string{"rec/sid_lesson_1.ts", "rec/sid_lesson_2.ts"},
	}))
}

// TestDecideStorageChanged states that nothing is said about a place that is no longer
// checked.
func TestDecideStorageChanged(t *testing.T) {
	s := given(stoppedAgo(time.Minute, agora.Backuped), gone, naming(), withStorage, brought(completeFinding()))
	found := s.decide()

	t.Run("the storage goes", func(t *testing.T) {
		g := NewWithT(t)
		d := s.after(found, time.Minute, func(s *situation) { s.recording.Spec.Storage = nil; s.recording.Generation++ }).decide()
		g.Expect(d.Action).To(Equal(ActionNone))
		g.Expect(d.Status.Verification).To(BeNil())
		g.Expect(reasonOf(d, v1alpha1.VerifiedCondition)).To(BeEmpty())
		g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.VerifiedInStorageReason), "the files were there")
		g.Expect(d.Status.FileList).To(Equal(found.Status.FileList))
	})
	t.Run("the storage goes while it is looked at", func(t *testing.T) {
		g := NewWithT(t)
		gone := given(stoppedAgo(time.Minute, agora.Backuped), gone, withStorage, brought(completeFinding()), func(s *situation) {
			s.recording.Spec.Storage = nil
		}).decide()
		g.Expect(gone.Status.Verification).To(BeNil())
		g.Expect(reasonOf(gone, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.BackupedReason))
	})
	t.Run("the storage is another", func(t *testing.T) {
		g := NewWithT(t)
		d := s.after(found, time.Minute, elsewhere).decide()
		g.Expect(d.Action).To(Equal(ActionVerify))
		g.Expect(d.Status.Verification).To(BeNil())
		g.Expect(reasonOf(d, v1alpha1.VerifiedCondition)).To(BeEmpty())
		g.Expect(reasonOf(d, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.UploadPendingReason))
	})
}

// TestDecideFirstLook states that what Agora says is checked before the recording counts as
// done.
func TestDecideFirstLook(t *testing.T) {
	g := NewWithT(t)
	s := given(stopRequested, withStorage, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded})))
	d := s.decide()
	g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.ReportedByAgoraReason))
	g.Expect(reasonOf(d, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.UploadPendingReason))
	g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseUploading))
	g.Expect(s.after(d, time.Second, looking).decide().Status).To(BeComparableTo(d.Status))

	failed := s.after(d, time.Second, failedBy(storage.Unavailable)).decide()
	g.Expect(reasonOf(failed, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.UploadedReason))
	g.Expect(failed.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
	g.Expect(failed.RequeueAt.Sub(recordingtest.Noon)).To(Equal(5 * time.Second))
}

// TestDecideDeletionWhileLooking states when a deleted object is released if its bucket can
// be checked.
func TestDecideDeletionWhileLooking(t *testing.T) {
	stopped := stoppedAgo(time.Minute, agora.Backuped)
	late := func(s *situation) {
		s.recording.DeletionTimestamp = &metav1.Time{Time: recordingtest.Noon.Add(-time.Hour)}
		s.recording.Status.StoppedTime = &metav1.Time{Time: recordingtest.Noon.Add(-time.Hour)}
	}
	for name, test := range map[string]struct {
		situation    situation
		Action       Action
		requeueAfter time.Duration
	}{
		"it waits for a look under way": {
			situation: given(stopped, gone, deleted, withStorage, looking), Action: ActionNone, requeueAfter: 20 * time.Second,
		},
		"not after its time": {
			situation: given(stopped, gone, deleted, late, withStorage, looking), Action: ActionRelease,
		},
		"also where the upload is confirmed": {
			situation: given(uploaded, deleted, withStorage, looking), Action: ActionNone, requeueAfter: 30 * time.Minute,
		},
		"it goes when all was found": {
			situation: given(stopped, gone, deleted, naming(), withStorage, brought(completeFinding())), Action: ActionRelease,
		},
		"it waits when files are missing": {
			situation: given(stopped, gone, deleted, withStorage, brought(incompleteFinding())), Action: ActionNone, requeueAfter: 20 * time.Second,
		},
		"and goes after its time": {
			situation: given(stopped, gone, deleted, late, withStorage, brought(incompleteFinding())), Action: ActionRelease,
		},
		"without another look": {
			situation: given(stopped, gone, deleted, late, withStorage), Action: ActionRelease,
		},
		"it goes on Agora's word without a look": {
			situation: given(uploaded, deleted, withStorage), Action: ActionRelease,
		},
		"it goes where the key is missing after its time": {
			situation: given(stopped, gone, deleted, late, withStorage, withoutStorageKey), Action: ActionRelease,
		},
		"without evidence it looks": {
			situation: given(stopped, gone, deleted, withStorage), Action: ActionVerify, requeueAfter: 30 * time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := test.situation.decide()
			g.Expect(d.Action).To(Equal(test.Action))
			if test.requeueAfter == 0 {
				g.Expect(d.RequeueAt).To(BeZero())
			} else {
				g.Expect(d.RequeueAt.Sub(recordingtest.Noon)).To(Equal(test.requeueAfter))
			}
		})
	}
}

// TestStorageMessages states what people read.
func TestStorageMessages(t *testing.T) {
	stopped := given(stoppedAgo(time.Minute, agora.Backuped), gone, naming(), withStorage)
	single := storage.Finding{Indexes: 1, Slices: 1, Playable: 15 * time.Second, Named: true, Missing: 1, MissingFiles: []string{"rec/a.mp4"}}
	noFilm := withoutMP4()
	noFilm.Missing, noFilm.MissingFiles = 2, []string{"rec/sid_lesson_1.ts"}
	many := storage.Finding{Named: true, Missing: 5, MissingFiles: []string{"a", "b", "c", "d", "e"}}
	for want, finding := range map[string]storage.Finding{
		"All files were found in storage.example.com/recordings/rec/: 1 index, 3 slices of 45s in all, 1 MP4 file.": completeFinding(),
		"All files found in storage.example.com/recordings/rec/ are complete: 1 index, 3 slices of 45s in all, 1 MP4 file." +
			" Agora has not stated which files there are to be, so they count once nothing has changed for 30m0s.": unnamedFinding(),
		"In storage.example.com/recordings/rec/ 2 files are missing, empty, not finished or without a slice: rec/sid_lesson_1.ts, rec/sid_lesson_2.ts." +
			" The rest is there: 1 index, 3 slices of 45s in all, 1 MP4 file.": incompleteFinding(),
		"In storage.example.com/recordings/rec/ 1 file is missing, empty, not finished or without a slice: rec/a.mp4. The rest is there: 1 index, 1 slice of 15s in all.": single,
		"In storage.example.com/recordings/rec/ 1 file is missing, empty, not finished or without a slice: rec/sid_lesson_1.ts." +
			" In storage.example.com/recordings/rec/ there is no MP4 file, and spec.start asked for one." +
			" The rest is there: 1 index, 3 slices of 45s in all.": noFilm,
		"In storage.example.com/recordings/rec/ 5 files are missing, empty, not finished or without a slice: a, b, c, ….": many,
		"In storage.example.com/recordings/rec/ there is no file whose name contains sid." +
			" If none arrives, check spec.storage against what the recording was started with.": {},
	} {
		t.Run(want, func(t *testing.T) {
			g := NewWithT(t)
			d := stopped.after(Decision{Status: stopped.recording.Status, Memory: stopped.observed.Memory}, 0, brought(finding)).decide()
			g.Expect(meta.FindStatusCondition(d.Status.Conditions, v1alpha1.VerifiedCondition).Message).To(Equal(want))
		})
	}
}
