// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
)

// firstEvent is the time of the first event in these tests.
var firstEvent = recordingtest.Noon.Add(-10 * time.Minute)

// happened returns an event of recorder 1 at a time after the first event.
func happened(kind notifications.Type, after time.Duration, changes ...func(*notifications.Event)) notifications.Event {
	e := notifications.Event{
		NoticeID: fmt.Sprintf("%d-%s", kind, after), Type: kind, Time: firstEvent.Add(after), SID: "sid", UID: "1",
	}
	for _, change := range changes {
		change(&e)
	}
	return e
}

func uploadedEvent(after time.Duration, changes ...func(*notifications.Event)) notifications.Event {
	return happened(notifications.Uploaded, after, append(changes, outcome(0))...)
}

func backupedEvent(after time.Duration, changes ...func(*notifications.Event)) notifications.Event {
	return happened(notifications.Backuped, after, append(changes, outcome(0))...)
}

func progressEvent(after time.Duration, progress int32) notifications.Event {
	return happened(notifications.UploadingProgress, after, func(e *notifications.Event) { e.Progress = &progress })
}

func errorEvent(after time.Duration, module, code int32) notifications.Event {
	return happened(notifications.CloudRecordingError, after, failing("cloud_recording_error", module, code, ""))
}

func outcome(status int32) func(*notifications.Event) {
	return func(e *notifications.Event) {
		if e.Status == nil {
			e.Status = &status
		}
	}
}

func ofRecorder(uid string) func(*notifications.Event) {
	return func(e *notifications.Event) { e.UID = uid }
}

func files(names ...string) func(*notifications.Event) {
	return func(e *notifications.Event) {
		for _, name := range names {
			e.Files = append(e.Files, v1alpha1.RecordedFile{FileName: name})
		}
	}
}

func failing(name string, module, code int32, message string) func(*notifications.Event) {
	return func(e *notifications.Event) {
		e.MsgName = name
		e.Failure = &notifications.Failure{Module: module, Code: code, Message: message}
	}
}

func exitStatus(status int32) func(*notifications.Event) {
	return func(e *notifications.Event) { e.ExitStatus = &status }
}

func leaveCode(code int32) func(*notifications.Event) {
	return func(e *notifications.Event) { e.LeaveCode = &code }
}

func webStop(code int32) func(*notifications.Event) {
	return func(e *notifications.Event) { e.WebStop = &notifications.WebStop{Code: code} }
}

func because(cause string) func(*notifications.Event) {
	return func(e *notifications.Event) { e.Cause = cause }
}

func resulting(name, result string) func(*notifications.Event) {
	return func(e *notifications.Event) { e.MsgName, e.Result = name, result }
}

func publishing(url, status string) func(*notifications.Event) {
	return func(e *notifications.Event) { e.Publish = &notifications.Publish{RTMPURL: url, Status: status} }
}

// notified delivers notifications.
func notified(events ...notifications.Event) modifier {
	return func(s *situation) { s.observed.Events = events }
}

// deliver reconciles once for each delivery. The events of a delivery come as an inbox
// shows them: the oldest first.
func (s situation) deliver(deliveries ...[]notifications.Event) (situation, Decision) {
	var d Decision
	for _, events := range deliveries {
		events = slices.SortedStableFunc(slices.Values(events), func(a, b notifications.Event) int { return a.Time.Compare(b.Time) })
		notified(events...)(&s)
		d = s.decide()
		s = s.after(d, 0)
	}
	return s, d
}

// oneByOne delivers each event by itself.
func oneByOne(events ...notifications.Event) [][]notifications.Event {
	deliveries := make([][]notifications.Event, 0, len(events))
	for _, e := range events {
		deliveries = append(deliveries, []notifications.Event{e})
	}
	return deliveries
}

func asFiles(names ...string) []v1alpha1.RecordedFile {
	return happened(0, 0, files(names...)).Files
}

// TestDecideNotified states what each type of event brings, that it causes a query if it is
// about the recorder, and that it brings nothing a second time.
func TestDecideNotified(t *testing.T) {
	at := metav1.NewTime(firstEvent)
	warning := func(reason, text string) []Announcement {
		return []Announcement{{Kind: corev1.EventTypeWarning, Reason: reason, Text: text}}
	}
	normal := func(reason, text string) []Announcement {
		return []Announcement{{Kind: corev1.EventTypeNormal, Reason: reason, Text: text}}
	}
	for name, test := range map[string]struct {
		event     notifications.Event
		expected  func(*v1alpha1.CloudRecordingStatus)
		announced []Announcement
		queries   bool
	}{
		"an error": {
			event: happened(1, 0, failing("cloud_recording_error", 1, 32, "no such bucket")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.LastError = &v1alpha1.CallError{Operation: "cloud_recording_error", Code: 32, Since: at,
					Reason: "uploader: the storage configuration is wrong: check bucket, region and keys in the request that started the recording (no such bucket)"}
			},
			announced: warning(v1alpha1.NotifiedErrorReason,
				"Agora notified an error: uploader: the storage configuration is wrong: check bucket, region and keys in the request that started the recording (no such bucket)."),
			queries: true,
		},
		"an error that is not documented": {
			event: happened(1, 0, failing("cloud_recording_error", 9, 77, "")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.LastError = &v1alpha1.CallError{Operation: "cloud_recording_error", Code: 77, Since: at, Reason: "module 9: code 77"}
			},
			announced: warning(v1alpha1.NotifiedErrorReason, "Agora notified an error: module 9: code 77."),
			queries:   true,
		},
		"a warning": {
			event: happened(2, 0, failing("cloud_recording_warning", 1, 32, "")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.LastError = &v1alpha1.CallError{Operation: "cloud_recording_warning", Code: 32, Since: at, Reason: "uploader: a slice went to Agora's backup"}
			},
			announced: warning(v1alpha1.NotifiedWarningReason, "Agora notified a warning: uploader: a slice went to Agora's backup."),
		},
		"a status update": {
			event:    happened(3, 0, files("a.m3u8")),
			expected: func(status *v1alpha1.CloudRecordingStatus) { status.FileList = asFiles("a.m3u8") },
			queries:  true,
		},
		"the name of an index": {
			event:    happened(4, 0, files("a.m3u8")),
			expected: func(status *v1alpha1.CloudRecordingStatus) { status.FileList = asFiles("a.m3u8") },
		},
		"an exit": {
			event: happened(11, 0, exitStatus(0)),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.Exit = &v1alpha1.RecorderExit{Time: &at, ExitStatus: ptr.To[int32](0)}
			},
			queries: true,
		},
		"an abnormal exit": {
			event: happened(11, 0, exitStatus(1)),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.Exit = &v1alpha1.RecorderExit{Time: &at, ExitStatus: ptr.To[int32](1),
					Cause: "it exited abnormally, for example because a parameter of its start was wrong"}
			},
			announced: warning(v1alpha1.RecorderExitedReason,
				"The recorder ended: it exited abnormally, for example because a parameter of its start was wrong."),
			queries: true,
		},
		"a move": {
			event: happened(12, 0, func(e *notifications.Event) { e.NewUID = "4711" }),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.Failover, status.Migrations = &v1alpha1.RecorderFailover{NewUID: "4711", Time: at}, 1
			},
			announced: normal(v1alpha1.RecorderMovedReason,
				"Agora moved the recorder to another server, where it goes on with another user ID. The files from then on have names that begin with bak."),
			queries: true,
		},
		"the upload": {
			event: uploadedEvent(0, files("a.m3u8", "a_0.mp4")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.FileList, status.FileListFinal = asFiles("a.m3u8", "a_0.mp4"), true
				status.UploadingStatus = agora.Uploaded
			},
		},
		"the backup": {
			event: backupedEvent(0, files("a.m3u8")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.FileList, status.FileListFinal = asFiles("a.m3u8"), true
				status.UploadingStatus = agora.Backuped
			},
		},
		"progress": {
			event:    progressEvent(0, 4299),
			expected: func(status *v1alpha1.CloudRecordingStatus) { status.UploadProgress = ptr.To[int32](42) },
		},
		"the begin of a recorder": {event: happened(40, 0, outcome(0))},
		"an empty channel": {
			event: happened(41, 0, leaveCode(6)),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.Exit = &v1alpha1.RecorderExit{Time: &at, LeaveCode: ptr.To[int32](6), Cause: "nobody was in the channel"}
			},
			announced: warning(v1alpha1.RecorderExitedReason, "The recorder ended: nobody was in the channel."),
			queries:   true,
		},
		"a recorder that was told to leave": {
			event: happened(41, 0, leaveCode(2)),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.Exit = &v1alpha1.RecorderExit{Time: &at, LeaveCode: ptr.To[int32](2)}
			},
			queries: true,
		},
		"a screenshot": {
			event: happened(45, 0, files("rec/sid_lesson__uid_s_7__uid_e_video_20260504115000000.jpg")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.FileList = asFiles("rec/sid_lesson__uid_s_7__uid_e_video_20260504115000000.jpg")
				status.Notified = nil
			},
		},
		"the begin of a page": {
			event: happened(70, 0, func(e *notifications.Event) { e.StartTime = firstEvent.Add(-time.Minute) }),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.StartTime = ptr.To(metav1.NewTime(firstEvent.Add(-time.Minute)))
			},
		},
		"the end of a page": {
			event: happened(71, 0, webStop(1), files("a.m3u8")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.FileList = asFiles("a.m3u8")
				status.Exit = &v1alpha1.RecorderExit{Time: &at, WebStopCode: ptr.To[int32](1), Cause: "its maxRecordingHour was over"}
			},
			announced: warning(v1alpha1.RecorderExitedReason, "The recorder ended: its maxRecordingHour was over."),
			queries:   true,
		},
		"a page that needs too much": {
			event: happened(72, 0, because("WebGL")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.Exit = &v1alpha1.RecorderExit{Time: &at, WebStopCode: ptr.To[int32](2), Cause: "the page needs more than the recorder can give"}
			},
			announced: warning(v1alpha1.RecorderExitedReason, "The recorder ended: the page needs more than the recorder can give (WebGL)."),
			queries:   true,
		},
		"a page that was loaded again": {
			event:     happened(73, 0, because("audio_silence")),
			announced: normal(v1alpha1.PageReloadedReason, "The recorder loaded the page again (audio_silence)."),
		},
		"a page that was loaded again for no known reason": {
			event:     happened(73, 0),
			announced: normal(v1alpha1.PageReloadedReason, "The recorder loaded the page again."),
		},
		"transcoding": {
			event:    happened(81, 0, resulting("transcoder_completed", "all_success"), files("a_0.mp4")),
			expected: func(status *v1alpha1.CloudRecordingStatus) { status.FileList = asFiles("a_0.mp4") },
		},
		"transcoding that failed": {
			event: happened(81, 0, resulting("transcoder_completed", "fail")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.LastError = &v1alpha1.CallError{Operation: "transcoder_completed", Since: at, Reason: "transcoding: fail"}
			},
			announced: warning(v1alpha1.NotifiedErrorReason, "Agora notified an error: transcoding: fail."),
		},
		"a failed download": {
			event: happened(90, 0, failing("download_failed", 0, 0, "a.ts;b.ts")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.LastError = &v1alpha1.CallError{Operation: "download_failed", Since: at,
					Reason: "files could not be fetched from the bucket for transcoding: a.ts;b.ts"}
			},
			announced: warning(v1alpha1.NotifiedErrorReason,
				"Agora notified an error: files could not be fetched from the bucket for transcoding: a.ts;b.ts."),
		},
		"a push": {
			event: happened(100, 0, publishing("rtmp://live.example.com", "publishing")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.ExtensionServiceState = []v1alpha1.ExtensionServiceState{{ServiceName: "rtmp_publish_service",
					Payload: v1alpha1.ExtensionServicePayload{Outputs: []v1alpha1.ExtensionServiceOutput{
						{RTMPURL: "rtmp://live.example.com", Status: "publishing"},
					}}}}
			},
		},
		"a postponed transcoding": {
			event:    happened(1001, 0, resulting("postpone_transcode_final_result", "total_success"), files("a_0.mp4")),
			expected: func(status *v1alpha1.CloudRecordingStatus) { status.FileList = asFiles("a_0.mp4") },
		},
		"a postponed transcoding that failed": {
			event: happened(1001, 0, resulting("postpone_transcode_final_result", "partial_success"), files("a_0.mp4")),
			expected: func(status *v1alpha1.CloudRecordingStatus) {
				status.FileList = asFiles("a_0.mp4")
				status.LastError = &v1alpha1.CallError{Operation: "postpone_transcode_final_result", Since: at, Reason: "transcoding: partial_success"}
			},
			announced: warning(v1alpha1.NotifiedErrorReason, "Agora notified an error: transcoding: partial_success."),
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(test.event.Type.BringsNews()).To(BeTrue())
			before := given(answered(queryAnswer(agora.Succeeded, 5)))
			before = before.after(before.decide(), 10*time.Second)
			s, d := before.deliver([]notifications.Event{test.event})

			expected := before.recording.Status.DeepCopy()
			expected.Notified = []v1alpha1.NotifiedEvent{{EventType: int32(test.event.Type), UID: "1", Time: metav1.NewMicroTime(firstEvent)}}
			if test.expected != nil {
				test.expected(expected)
			}
			expected.FileCount = count(len(expected.FileList))
			g.Expect(d.Status).To(BeComparableTo(*expected))
			g.Expect(d.Announcements).To(Equal(test.announced))
			if test.queries {
				g.Expect(d.Action).To(Equal(ActionQuery))
				g.Expect(d.Priority).To(Equal(budget.Poll))
			} else {
				g.Expect(d.Action).To(Equal(ActionNone))
			}

			_, again := s.deliver([]notifications.Event{test.event, test.event})
			g.Expect(again.Status).To(BeComparableTo(d.Status))
			g.Expect(again.Announcements).To(BeEmpty())
		})
	}
}

// TestDecideNotifiedUpload states what events about the upload lead to once the recording
// has stopped. Each case is tried with the events one by one, as they are listed, and all
// at once.
func TestDecideNotifiedUpload(t *testing.T) {
	const notified, backuped, nothing = v1alpha1.NotifiedByAgoraReason, v1alpha1.BackupedReason, v1alpha1.NotReportedReason
	early, late := time.Minute, 2*time.Minute
	for name, test := range map[string]struct {
		events   []notifications.Event
		status   string
		uploaded string
	}{
		"all is uploaded":                     {[]notifications.Event{uploadedEvent(early)}, agora.Uploaded, notified},
		"the upload failed":                   {[]notifications.Event{uploadedEvent(early, outcome(1))}, agora.Unknow, nothing},
		"files are in the backup":             {[]notifications.Event{backupedEvent(early)}, agora.Backuped, backuped},
		"the backup failed":                   {[]notifications.Event{backupedEvent(early, outcome(1))}, agora.Unknow, nothing},
		"the backup is emptied":               {[]notifications.Event{backupedEvent(early), uploadedEvent(late)}, agora.Uploaded, notified},
		"an old backup comes late":            {[]notifications.Event{uploadedEvent(late), backupedEvent(early)}, agora.Uploaded, notified},
		"an old upload comes late":            {[]notifications.Event{backupedEvent(late), uploadedEvent(early)}, agora.Backuped, backuped},
		"another recorder uploaded all":       {[]notifications.Event{backupedEvent(early), uploadedEvent(late, ofRecorder("2"))}, agora.Backuped, backuped},
		"another one, and then the first too": {[]notifications.Event{backupedEvent(early), uploadedEvent(late, ofRecorder("2")), uploadedEvent(late + 1)}, agora.Uploaded, notified},
		"only progress":                       {[]notifications.Event{progressEvent(early, 10_000)}, agora.Unknow, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := given(stoppedAgo(10*time.Second, agora.Unknow), gone)
			for _, deliveries := range [][][]notifications.Event{oneByOne(test.events...), {test.events}} {
				after, d := s.deliver(deliveries...)
				g.Expect(d.Status.UploadingStatus).To(Equal(test.status))
				g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(test.uploaded))
				if test.uploaded == notified {
					g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
					g.Expect(d.Status.UploadedTime).To(Equal(&metav1.Time{Time: recordingtest.Noon}))
				} else {
					g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseUploading))
					g.Expect(d.Status.UploadedTime).To(BeNil())
				}
				for _, e := range test.events {
					_, again := after.deliver([]notifications.Event{e})
					g.Expect(again.Status).To(BeComparableTo(d.Status))
				}
			}
		})
	}
}

// TestDecideNotifiedUploadBeforeStop states that earlier notifications about the upload
// count once the recording has stopped, unless they were about another recorder.
func TestDecideNotifiedUploadBeforeStop(t *testing.T) {
	stop := func(uploadingStatus string) modifier {
		return answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: uploadingStatus}))
	}
	first, _ := given(stopRequested).deliver([]notifications.Event{uploadedEvent(time.Minute)})

	t.Run("it does not stop the recording", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(first.recording.Status.UploadingStatus).To(Equal(agora.Uploaded))
		g.Expect(meta.IsStatusConditionFalse(first.recording.Status.Conditions, v1alpha1.UploadedCondition)).To(BeTrue())
	})
	for name, answer := range map[string]modifier{
		"the stop says nothing of the upload": stop(""),
		"the stop says unknow":                stop(agora.Unknow),
		"the recorder was already exiting":    answered(stopAnswer(400, 49, agora.AlreadyExiting, agora.Report{})),
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := first.after(first.decide(), 0, answer).decide()
			g.Expect(d.Status.UploadingStatus).To(Equal(agora.Uploaded))
			g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.NotifiedByAgoraReason))
			uploaded := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.UploadedCondition)
			g.Expect(uploaded.Message).To(Equal("Agora notified that all files are uploaded."))
		})
	}
	t.Run("the stop says uploaded too", func(t *testing.T) {
		g := NewWithT(t)
		d := first.after(first.decide(), 0, stop(agora.Uploaded)).decide()
		g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.ReportedByAgoraReason))
	})
	t.Run("it comes with the answer", func(t *testing.T) {
		g := NewWithT(t)
		d := given(stopRequested, stop(agora.Unknow), notified(uploadedEvent(time.Minute))).decide()
		g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.NotifiedByAgoraReason))
	})
	t.Run("a newer backup takes it back", func(t *testing.T) {
		g := NewWithT(t)
		s, _ := first.deliver([]notifications.Event{backupedEvent(2 * time.Minute)})
		d := s.after(s.decide(), 0, stop(agora.Unknow)).decide()
		g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.NotReportedReason))
	})
	t.Run("an older backup of another recorder takes it back", func(t *testing.T) {
		g := NewWithT(t)
		s, d := first.deliver([]notifications.Event{backupedEvent(time.Second, ofRecorder("2"))})
		g.Expect(d.Status.UploadingStatus).To(Equal(agora.Backuped))
		d = s.after(s.decide(), 0, stop("")).decide()
		g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.BackupedReason))
	})
	t.Run("a recorder at work takes it back", func(t *testing.T) {
		g := NewWithT(t)
		running, _ := given().deliver([]notifications.Event{uploadedEvent(time.Minute)})
		atWork := func(askedAt time.Time) modifier {
			return func(s *situation) {
				answered(queryAnswer(agora.Succeeded, 5))(s)
				s.observed.AskedAt = askedAt
			}
		}
		notifiedAt := firstEvent.Add(time.Minute)
		older := running.after(running.decide(), time.Minute, atWork(notifiedAt.Add(-clockTolerance))).decide()
		g.Expect(older.Status.Notified).NotTo(BeEmpty(), "the answer may be older than the end")
		d := running.after(running.decide(), time.Minute, atWork(notifiedAt.Add(time.Second-clockTolerance))).decide()
		g.Expect(d.Status.Notified).To(BeEmpty(), "Agora's clock may be ahead")
		g.Expect(d.Status.UploadingStatus).To(BeEmpty())
		stopped := running.after(d, time.Minute, stopRequested, stop("")).decide()
		g.Expect(reasonOf(stopped, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.NotReportedReason))
	})
}

// TestDecideNotifiedProgress states that progress is kept in percent, and that each write
// says something new.
func TestDecideNotifiedProgress(t *testing.T) {
	g := NewWithT(t)
	s, d := given(stoppedAgo(time.Minute, agora.Unknow), gone).deliver([]notifications.Event{progressEvent(time.Minute, 2599)})
	g.Expect(d.Status.UploadProgress).To(HaveValue(BeEquivalentTo(25)))

	same, quiet := s.deliver(oneByOne(progressEvent(2*time.Minute, 2500), progressEvent(3*time.Minute, 2555))...)
	g.Expect(quiet.Status).To(BeComparableTo(d.Status))
	_, old := same.deliver([]notifications.Event{progressEvent(150*time.Second, 2000)})
	g.Expect(old.Status).To(BeComparableTo(d.Status), "older than what was the same")
	_, none := same.deliver([]notifications.Event{happened(notifications.UploadingProgress, 4*time.Minute)})
	g.Expect(none.Status).To(BeComparableTo(d.Status), "says nothing")

	s, d = same.deliver([]notifications.Event{progressEvent(4*time.Minute, 9999)})
	g.Expect(d.Status.UploadProgress).To(HaveValue(BeEquivalentTo(99)))
	g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.NotReportedReason))

	s, d = s.deliver([]notifications.Event{uploadedEvent(5 * time.Minute)})
	g.Expect(d.Status.UploadProgress).To(HaveValue(BeEquivalentTo(100)))
	_, d = s.deliver([]notifications.Event{progressEvent(4*time.Minute+time.Second, 9999)})
	g.Expect(d.Status.UploadProgress).To(HaveValue(BeEquivalentTo(100)), "what is uploaded stays uploaded")
}

// TestDecideNotifiedExit states the cause in words, by itself and in the message of a
// recording that ended although it should have gone on.
func TestDecideNotifiedExit(t *testing.T) {
	const empty = "nobody was in the channel for the maxIdleTime that it was started with (30 seconds by Agora's default)"
	const unexplained = "its channel was empty for the maxIdleTime that it was started with (30 seconds by Agora's default)," +
		" which is the most frequent cause, its token expired, it failed, or something else stopped it"
	const abnormal = "it exited abnormally, for example because a parameter of its start was wrong"
	for name, test := range map[string]struct {
		events []notifications.Event
		cause  string
		// said is what the message says if that differs.
		said string
	}{
		"it could not begin":             {[]notifications.Event{happened(41, 0, leaveCode(0))}, "it could not be set up", ""},
		"it was told to leave":           {[]notifications.Event{happened(41, 0, leaveCode(2)), happened(11, time.Second, exitStatus(0))}, "", "its token expired, it failed, or something else stopped it"},
		"nobody was there":               {[]notifications.Event{happened(41, 0, leaveCode(4)), happened(11, time.Second, exitStatus(0))}, "nobody was in the channel", empty},
		"nobody was there, reversed":     {[]notifications.Event{happened(11, time.Second, exitStatus(0)), happened(41, 0, leaveCode(4))}, "nobody was in the channel", empty},
		"it left":                        {[]notifications.Event{happened(41, 0, leaveCode(16))}, "it left the channel by itself", ""},
		"it exited abnormally":           {[]notifications.Event{happened(41, 0, leaveCode(2)), happened(11, time.Second, exitStatus(1))}, abnormal, ""},
		"its time was over":              {[]notifications.Event{happened(71, 0, webStop(1))}, "its maxRecordingHour was over", ""},
		"its engine failed":              {[]notifications.Event{happened(71, 0, webStop(3))}, "the recorder's engine did not start", ""},
		"its page did not load":          {[]notifications.Event{happened(71, 0, webStop(4))}, "the page did not load in time", ""},
		"its page cannot be reached":     {[]notifications.Event{happened(71, 0, webStop(5))}, "the page could not be reached", ""},
		"it failed":                      {[]notifications.Event{happened(71, 0, webStop(6))}, "the recorder failed", ""},
		"its page was told to end":       {[]notifications.Event{happened(71, 0, webStop(0))}, "", ""},
		"a limit":                        {[]notifications.Event{happened(72, 0), happened(71, time.Second, webStop(2))}, "the page needs more than the recorder can give", ""},
		"a limit after something else":   {[]notifications.Event{happened(71, 0, webStop(6)), happened(72, time.Second)}, "the page needs more than the recorder can give", ""},
		"a limit after it, reversed":     {[]notifications.Event{happened(72, time.Second), happened(71, 0, webStop(6))}, "the page needs more than the recorder can give", ""},
		"an older exit that comes later": {[]notifications.Event{happened(11, time.Second, exitStatus(0)), happened(11, 0, exitStatus(1))}, "", ""},
		"a code that is not documented":  {[]notifications.Event{happened(71, 0, webStop(99))}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s, d := given().deliver(oneByOne(test.events...)...)
			g.Expect(d.Status.Exit.Cause).To(Equal(test.cause))

			ended := s.after(d, 0, answered(queryAnswer(agora.Succeeded, 8))).decide()
			ready := meta.FindStatusCondition(ended.Status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(ready.Reason).To(Equal(v1alpha1.RecordingEndedReason))
			cause := cmp.Or(test.said, test.cause, unexplained)
			g.Expect(ready.Message).To(HavePrefix("The recording ended though it was wanted to go on: " + cause + ". Set spec.state to Stopped to accept that,"))
		})
	}
}

// TestDecideNotifiedFailure states how notified failures and failed calls share the field
// for the last error.
func TestDecideNotifiedFailure(t *testing.T) {
	failure := errorEvent(0, 1, 47)
	unanswered := stopAnswer(502, 0, agora.NotKnown, agora.Report{})

	t.Run("the newest counts, whichever comes last", func(t *testing.T) {
		g := NewWithT(t)
		warning := happened(2, time.Minute, failing("cloud_recording_warning", 1, 31, ""))
		for _, events := range [][]notifications.Event{{failure, warning}, {warning, failure}} {
			_, d := given().deliver(oneByOne(events...)...)
			g.Expect(d.Status.LastError.Reason).To(Equal("uploader: a slice was uploaded again"))
		}
	})
	t.Run("it is no problem", func(t *testing.T) {
		g := NewWithT(t)
		before := given(answered(queryAnswer(agora.Succeeded, 5)))
		_, d := before.after(before.decide(), 0).deliver([]notifications.Event{failure})
		g.Expect(reasonOf(d, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.RecordingReason))
	})
	t.Run("it stays over calls that succeed", func(t *testing.T) {
		g := NewWithT(t)
		s, d := given().deliver([]notifications.Event{failure})
		g.Expect(s.after(d, 0, answered(queryAnswer(agora.Succeeded, 5))).decide().Status.LastError).To(Equal(d.Status.LastError))
	})
	t.Run("it never stands over that of a call", func(t *testing.T) {
		g := NewWithT(t)
		s := given(stopRequested, answered(unanswered))
		failed := s.decide()
		_, d := s.after(failed, time.Second).deliver([]notifications.Event{failure})
		g.Expect(d.Status.LastError).To(Equal(failed.Status.LastError))
		g.Expect(d.Announcements).To(HaveLen(1), "an event tells of it")
		g.Expect(reasonOf(d, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.AgoraUnavailableReason))
	})
	t.Run("that of a call stands over it", func(t *testing.T) {
		g := NewWithT(t)
		s, d := given(stopRequested).deliver([]notifications.Event{failure})
		g.Expect(s.after(d, 0, answered(unanswered)).decide().Status.LastError.Operation).To(Equal("stop"))
	})
	t.Run("the confirmed upload clears it", func(t *testing.T) {
		g := NewWithT(t)
		s, d := given(stoppedAgo(time.Minute, agora.Unknow), gone).deliver([]notifications.Event{failure})
		g.Expect(d.Status.LastError).NotTo(BeNil())
		s, d = s.deliver([]notifications.Event{uploadedEvent(time.Minute)})
		g.Expect(d.Status.LastError).To(BeNil())
		_, d = s.deliver([]notifications.Event{failure})
		g.Expect(d.Status.LastError).To(BeNil(), "and what comes again does not bring it back")
	})
}

// TestDecideNotifiedPush states that each address has a state of its own.
func TestDecideNotifiedPush(t *testing.T) {
	g := NewWithT(t)
	push := func(after time.Duration, url, status string) notifications.Event {
		return happened(notifications.RTMPPublishStatus, after, publishing(url, status))
	}
	_, d := given().deliver(oneByOne(
		push(2*time.Minute, "rtmp://b", "publishing"),
		push(0, "rtmp://a", "connecting"),
		push(time.Minute, "rtmp://b", "connecting"),
		push(3*time.Minute, "rtmp://b", "disconnected"),
	)...)
	g.Expect(d.Status.ExtensionServiceState).To(HaveLen(1))
	g.Expect(d.Status.ExtensionServiceState[0].Payload.Outputs).To(ConsistOf(
		v1alpha1.ExtensionServiceOutput{RTMPURL: "rtmp://a", Status: "connecting"},
		v1alpha1.ExtensionServiceOutput{RTMPURL: "rtmp://b", Status: "disconnected"},
	))
}

// TestDecideNotifiedQueries states that many events do not cause many queries, and that
// none causes a query after the stop.
func TestDecideNotifiedQueries(t *testing.T) {
	g := NewWithT(t)
	recent := given(func(s *situation) { s.observed.Memory.LastQueried = recordingtest.Noon.Add(-time.Second) }, notified(errorEvent(0, 0, 1)))
	g.Expect(recent.decide().Action).To(Equal(ActionNone))
	g.Expect(recent.decide().RequeueAt.Sub(recordingtest.Noon)).To(Equal(notifiedQueryGap - time.Second))

	stopped := given(stoppedAgo(time.Minute, agora.Unknow), notified(happened(11, 0, exitStatus(0))), func(s *situation) {
		s.observed.Memory.notBefore = recordingtest.Noon.Add(20 * time.Second)
	})
	g.Expect(stopped.decide().Action).To(Equal(ActionNone))
}

// TestNotificationsInAnyOrder states that events lead to the same status in whatever order
// they come, together or apart, and however often.
func TestNotificationsInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		isStopped := rapid.Bool().Draw(t, "stopped")
		events := drawEvents(t, isStopped)
		s := given(answered(queryAnswer(agora.Succeeded, 5)))
		if isStopped {
			s = given(stoppedAgo(10*time.Second, agora.Unknow), gone)
		}
		s = s.after(s.decide(), 0)
		_, inOrder := s.deliver(events)

		shuffled := rapid.Permutation(events).Draw(t, "order")
		for range rapid.IntRange(0, 3).Draw(t, "duplicates") {
			again := rapid.SampledFrom(events).Draw(t, "again")
			shuffled = slices.Insert(shuffled, rapid.IntRange(0, len(shuffled)).Draw(t, "at"), again)
		}
		var deliveries [][]notifications.Event
		for len(shuffled) > 0 {
			n := rapid.IntRange(1, len(shuffled)).Draw(t, "together")
			deliveries = append(deliveries, shuffled[:n])
			shuffled = shuffled[n:]
		}
		_, d := s.deliver(deliveries...)
		if got, want := inAnyOrder(d.Status), inAnyOrder(inOrder.Status); !equality.Semantic.DeepEqual(got, want) {
			t.Fatalf("the order shows:\n%+v\nin order:\n%+v", got, want)
		}
	})
}

// drawEvents returns events of one recorder at distinct times, the oldest first. Once the
// recording has stopped, Agora does not report a backup after it has reported the upload.
func drawEvents(t *rapid.T, isStopped bool) []notifications.Event {
	number := func(name string, most int32) int32 { return rapid.Int32Range(0, most).Draw(t, name) }
	some := func(e *notifications.Event) {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a.m3u8", "b.m3u8", "a_0.mp4", "a_1.mp4"}), 0, 3, rapid.ID).Draw(t, "files")
		files(names...)(e)
		for i := range e.Files {
			if rapid.Bool().Draw(t, "described") {
				e.Files[i].TrackType = "audio_and_video"
			}
		}
	}
	oneAddress := rapid.Bool().Draw(t, "one address")
	draw := func(i int, kind notifications.Type) notifications.Event {
		e := happened(kind, time.Duration(i*333)*time.Millisecond, some)
		switch kind {
		case notifications.CloudRecordingError:
			failing("cloud_recording_error", number("module", 2), number("code", 60), "")(&e)
		case notifications.CloudRecordingWarning:
			failing("cloud_recording_warning", 1, number("code", 60), "")(&e)
		case notifications.DownloadFailed:
			failing("download_failed", 0, 0, "a.ts")(&e)
		case notifications.TranscoderCompleted:
			resulting("transcoder_completed", rapid.SampledFrom([]string{"all_success", "fail"}).Draw(t, "result"))(&e)
		case notifications.PostponeTranscodeFinalResult:
			resulting("postpone_transcode_final_result", rapid.SampledFrom([]string{"total_success", "failed"}).Draw(t, "result"))(&e)
		case notifications.SessionExit:
			exitStatus(number("exit", 1))(&e)
		case notifications.RecorderLeave:
			leaveCode(number("leave", 31))(&e)
		case notifications.WebRecorderStopped:
			webStop(number("stop", 6))(&e)
		case notifications.SessionFailover:
			// A move that is notified once the upload is confirmed takes nothing back.
			e.NewUID = e.UID
		case notifications.UploadingProgress:
			e.Progress = ptr.To(number("progress", 10_000))
		case notifications.WebRecorderStarted:
			e.StartTime = firstEvent.Add(time.Duration(number("start", 9)) * time.Second)
		case notifications.RTMPPublishStatus:
			url := "rtmp://a"
			if !oneAddress {
				url = fmt.Sprintf("rtmp://%d", i)
			}
			publishing(url, rapid.SampledFrom([]string{"connecting", "publishing"}).Draw(t, "status"))(&e)
		default:
			e.Status = ptr.To(number("outcome", 1))
		}
		return e
	}
	kinds := rapid.SliceOfN(rapid.SampledFrom([]notifications.Type{
		notifications.CloudRecordingError, notifications.CloudRecordingWarning, notifications.CloudRecordingStatusUpdate,
		notifications.CloudRecordingFileInfos, notifications.SessionExit, notifications.SessionFailover,
		notifications.Uploaded, notifications.Backuped, notifications.UploadingProgress,
		notifications.RecorderStarted, notifications.RecorderLeave, notifications.RecorderSnapshotFile,
		notifications.WebRecorderStarted, notifications.WebRecorderStopped, notifications.WebRecorderCapabilityLimit,
		notifications.WebRecorderReload, notifications.TranscoderCompleted, notifications.DownloadFailed,
		notifications.RTMPPublishStatus, notifications.PostponeTranscodeFinalResult,
	}), 1, 8).Draw(t, "kinds")
	isUploaded := false
	var events []notifications.Event
	for i, kind := range kinds {
		if kind == notifications.Backuped && isStopped && isUploaded {
			continue
		}
		isUploaded = isUploaded || kind == notifications.Uploaded
		events = append(events, draw(i, kind))
	}
	return events
}

// inAnyOrder removes from a status what may depend on the order of events: the order of the
// lists, and since when the progress has had its value.
func inAnyOrder(status v1alpha1.CloudRecordingStatus) v1alpha1.CloudRecordingStatus {
	status = *status.DeepCopy()
	slices.SortFunc(status.FileList, func(a, b v1alpha1.RecordedFile) int { return cmp.Compare(a.FileName, b.FileName) })
	for _, service := range status.ExtensionServiceState {
		slices.SortFunc(service.Payload.Outputs, func(a, b v1alpha1.ExtensionServiceOutput) int { return cmp.Compare(a.RTMPURL, b.RTMPURL) })
	}
	for i := range status.Notified {
		if status.Notified[i].EventType == int32(notifications.UploadingProgress) {
			status.Notified[i].Time = metav1.MicroTime{}
		}
	}
	return status
}
