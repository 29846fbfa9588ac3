// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

func (s *service) status(r agorasim.Recording) int {
	GinkgoHelper()
	status, ok := s.query(r).serverResponse()["status"].(float64)
	Expect(ok).To(BeTrue())
	return int(status)
}

func withIdleTime(d time.Duration) func(*agorasim.RecordingOptions) {
	return func(o *agorasim.RecordingOptions) { o.MaxIdleTime = &metav1.Duration{Duration: d} }
}

var _ = Describe("A recorder", func() {
	It("passes the states 1 to 5, 6 and 8, and is gone", func() {
		s := newService()
		r := s.started(recorder.ModeMix)
		for state := 1; state <= 4; state++ {
			Expect(s.status(r)).To(Equal(state))
			s.clock.Step(time.Second)
		}
		Expect(s.status(r)).To(Equal(5))
		s.clock.Step(time.Hour)
		Expect(s.status(r)).To(Equal(5))
		s.stopAsync(r)
		Expect(s.status(r)).To(Equal(6))
		s.clock.Step(uploadDuration - time.Nanosecond)
		Expect(s.status(r)).To(Equal(6))
		s.clock.Step(time.Nanosecond)
		Expect(s.status(r)).To(Equal(8))
		s.clock.Step(exitAfter - time.Nanosecond)
		Expect(s.status(r)).To(Equal(8))
		s.clock.Step(time.Nanosecond)
		Expect(s.query(r)).To(beNotFound())
	})

	It("may take no time for any of them", func() {
		s := newService(func(o *agorasim.Options) { o.StartupStep, o.UploadDuration, o.ExitAfter = -1, -1, -1 })
		r := s.started(recorder.ModeMix)
		Expect(s.status(r)).To(Equal(5))
		Expect(s.stopAsync(r).Status).To(Equal(http.StatusOK))
		Expect(s.query(r)).To(beNotFound())
	})

	It("says that it exits abnormally when it fails, and is gone a while later", func() {
		s := newService()
		r := s.running()
		Expect(s.Fail(r.SID)).To(Succeed())
		Expect(s.status(r)).To(Equal(20))
		Expect(s.stopAsync(r)).To(refuse(http.StatusBadRequest, 49))
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("Exited", false), HaveField("StopsTaken", 0)))
		s.clock.Step(exitAfter)
		Expect(s.query(r)).To(beNotFound())
	})

	It("takes as long for them as the options say", func() {
		s := newService(func(o *agorasim.Options) {
			o.StartupStep, o.UploadDuration, o.ExitAfter = 10*time.Second, time.Minute, time.Hour
		})
		r := s.started(recorder.ModeMix)
		s.clock.Step(39 * time.Second)
		Expect(s.status(r)).To(Equal(4))
		s.clock.Step(time.Second)
		Expect(s.status(r)).To(Equal(5))
		s.stopAsync(r)
		s.clock.Step(59 * time.Second)
		Expect(s.status(r)).To(Equal(6))
		s.clock.Step(time.Hour)
		Expect(s.status(r)).To(Equal(8))
		s.clock.Step(time.Second)
		Expect(s.query(r)).To(beNotFound())
	})

	DescribeTable("says of a web recording", func(until time.Duration, state string) {
		s := newService()
		r := s.started(recorder.ModeWeb)
		s.clock.Step(until)
		services, ok := s.query(r).serverResponse()["extensionServiceState"].([]any)
		Expect(ok).To(BeTrue())
		Expect(services).To(ConsistOf(HaveKeyWithValue("payload", HaveKeyWithValue("state", state))))
	},
		Entry("init while it starts", 2*time.Second, "init"),
		Entry("inProgress when it is ready", 3*time.Second, "inProgress"),
		Entry("inProgress while it records", time.Hour, "inProgress"),
		Entry("exit when it has ended", 3*time.Hour, "exit"),
	)

	It("is not found by any method once it exited", func() {
		s := newService()
		r := s.running()
		Expect(s.Exit(r.SID)).To(Succeed())
		Expect(s.query(r)).To(beNotFound())
		Expect(s.stopAsync(r)).To(beNotFound())
		Expect(s.call(http.MethodPost, stopPath(r), stopBody(r, false))).To(beNotFound())
		Expect(s.now(r)).To(SatisfyAll(HaveField("Exited", true), HaveField("Running", false), HaveField("StopsTaken", 0)))
	})

	Describe("lists its files", func() {
		It("from the end of the first slice on, in mode mix after 15 s", func() {
			s := newService()
			r := s.started(recorder.ModeMix)
			s.clock.Step(15*time.Second - time.Nanosecond)
			Expect(s.query(r).serverResponse()).To(HaveKeyWithValue("fileList", ""))
			s.clock.Step(time.Nanosecond)
			Expect(s.query(r).serverResponse()).To(HaveKeyWithValue("fileList", "rec/room1/"+r.SID+"_lesson.m3u8"))
		})

		It("from the end of the first slice on, in mode individual after a minute", func() {
			s := newService()
			r := s.started(recorder.ModeIndividual)
			s.clock.Step(time.Minute - time.Nanosecond)
			Expect(s.query(r).serverResponse()).To(HaveKeyWithValue("fileList", BeEmpty()))
			s.clock.Step(time.Nanosecond)
			Expect(s.query(r).serverResponse()).To(HaveKeyWithValue("fileList", HaveLen(2)))
		})

		DescribeTable("of a recording shorter than a slice, however long it uploads", func(upload time.Duration) {
			s := newService(func(o *agorasim.Options) { o.UploadDuration = upload })
			r := s.started(recorder.ModeMix)
			s.clock.Step(5 * time.Second)
			answers := s.beginStop(r)
			s.awaitWaiting(1)
			Expect(s.now(r).Files).To(HaveLen(1))
			s.clock.Step(upload)
			Expect(await(answers).serverResponse()).To(HaveKeyWithValue("fileList", "rec/room1/"+r.SID+"_lesson.m3u8"))
		},
			Entry("for a second", time.Second),
			Entry("for 20 seconds", 20*time.Second),
		)

		DescribeTable("not of a recording that never came to record, however long it uploads", func(upload time.Duration) {
			s := newService(func(o *agorasim.Options) { o.UploadDuration = upload })
			r := s.started(recorder.ModeMix)
			answers := s.beginStop(r)
			s.awaitWaiting(1)
			s.clock.Step(upload)
			Expect(await(answers).serverResponse()).To(HaveKeyWithValue("fileList", ""))
		},
			Entry("for a second", time.Second),
			Entry("for 20 seconds", 20*time.Second),
		)

		DescribeTable("with the MP4 files at its end", func(mode string) {
			s := newService()
			r := s.started(mode, func(request members) {
				request["recordingFileConfig"] = members{"avFileType": []string{"hls", "mp4"}}
			})
			s.clock.Step(time.Minute)
			Expect(s.now(r).Files).To(ConsistOf(HaveSuffix("_lesson.m3u8")))
			s.stopAsync(r)
			Expect(s.now(r).Files).To(ConsistOf(HaveSuffix("_lesson.m3u8"), HaveSuffix("_lesson_0.mp4")))
		},
			Entry("in mode mix", recorder.ModeMix),
			Entry("in mode web", recorder.ModeWeb),
		)

		It("but takes screenshots only in mode individual", func() {
			takeScreenshots := func(request members) { request["snapshotConfig"] = members{"fileType": []string{"jpg"}} }
			s := newService()
			r := s.started(recorder.ModeIndividual, takeScreenshots)
			Expect(s.query(r).serverResponse()).NotTo(HaveKey("fileList"))
			Expect(s.stopAsync(r).Status).To(Equal(http.StatusOK))
			r = s.started(recorder.ModeMix, takeScreenshots)
			Expect(s.query(r).serverResponse()).To(HaveKey("fileList"))
		})
	})

	Describe("with a control window", func() {
		It("refuses query and stop with code 433 once that is over, while the recording goes on", func() {
			s := newService()
			got := s.start(s.acquired(members{"resourceExpiredHour": 1}), recorder.ModeMix, startRequest(recorder.ModeMix))
			r, _ := s.Recording(got.text("sid"))
			s.clock.Step(time.Hour)
			Expect(s.query(r).Status).To(Equal(http.StatusOK))
			s.clock.Step(time.Nanosecond)
			Expect(s.query(r)).To(refuse(http.StatusBadRequest, 433))
			Expect(s.stopAsync(r)).To(refuse(http.StatusBadRequest, 433))
			s.clock.Step(1000 * time.Hour)
			Expect(s.now(r)).To(SatisfyAll(HaveField("Running", true), HaveField("StopsTaken", 0), HaveField("ServiceStatus", 5)))
		})

		It("counts it from start, not from acquire", func() {
			s := newService()
			resourceID := s.acquired(members{"resourceExpiredHour": 1})
			s.clock.Step(5 * time.Minute)
			got := s.start(resourceID, recorder.ModeMix, startRequest(recorder.ModeMix))
			r, _ := s.Recording(got.text("sid"))
			s.clock.Step(time.Hour)
			Expect(s.query(r).Status).To(Equal(http.StatusOK))
		})

		It("may be past it when it is added", func() {
			s := newService()
			r := s.running(func(o *agorasim.RecordingOptions) { o.ControlWindow = &metav1.Duration{Duration: -time.Hour} })
			Expect(s.stopAsync(r)).To(refuse(http.StatusBadRequest, 433))
		})

		It("answers 404 once it exited, window or not", func() {
			s := newService()
			r := s.running()
			s.clock.Step(73 * time.Hour)
			Expect(s.Exit(r.SID)).To(Succeed())
			Expect(s.query(r)).To(beNotFound())
		})
	})

	Describe("in an empty channel", func() {
		It("ends after its maxIdleTime, uploads and exits", func() {
			s := newService()
			r := s.running(withIdleTime(5 * time.Minute))
			Expect(s.LeaveChannel(r.SID)).To(Succeed())
			s.clock.Step(5*time.Minute - time.Nanosecond)
			Expect(s.status(r)).To(Equal(5))
			s.clock.Step(time.Nanosecond)
			Expect(s.status(r)).To(Equal(6))
			Expect(s.now(r)).To(SatisfyAll(HaveField("StopsTaken", 0), HaveField("Files", HaveLen(1))))
			s.clock.Step(uploadDuration + exitAfter)
			Expect(s.query(r)).To(beNotFound())
		})

		It("has ended when its time was over, not when somebody looks", func() {
			s := newService()
			r := s.running(withIdleTime(time.Minute), withMP4)
			Expect(s.LeaveChannel(r.SID)).To(Succeed())
			s.clock.Step(time.Hour)
			Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("Exited", true),
				HaveField("StoppedAt", beginning.Add(time.Minute)), HaveField("Files", HaveLen(2))))
		})

		It("goes on if somebody publishes in time", func() {
			s := newService()
			r := s.running(withIdleTime(time.Minute))
			Expect(s.LeaveChannel(r.SID)).To(Succeed())
			s.clock.Step(59 * time.Second)
			Expect(s.Publish(r.SID, "456")).To(Succeed())
			s.clock.Step(time.Hour)
			Expect(s.status(r)).To(Equal(5))
		})

		It("is idle since the first time that all had left", func() {
			s := newService()
			r := s.running(withIdleTime(time.Minute))
			Expect(s.LeaveChannel(r.SID)).To(Succeed())
			s.clock.Step(59 * time.Second)
			Expect(s.LeaveChannel(r.SID)).To(Succeed())
			s.clock.Step(time.Second)
			Expect(s.status(r)).To(Equal(6))
		})

		It("is idle from its start where nobody ever publishes, for 30 s if it names no time", func() {
			s := newService(func(o *agorasim.Options) { o.Publishers = []string{} })
			r := s.started(recorder.ModeMix, func(request members) { request["recordingConfig"] = members{"channelType": 1} })
			s.clock.Step(30*time.Second - time.Nanosecond)
			Expect(s.status(r)).To(Equal(5))
			s.clock.Step(time.Nanosecond)
			Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("Files", BeEmpty())))
		})

		It("goes on, if it records a web page", func() {
			s := newService(func(o *agorasim.Options) { o.Publishers = []string{} })
			r := s.started(recorder.ModeWeb)
			Expect(s.LeaveChannel(r.SID)).To(Succeed())
			s.clock.Step(time.Hour)
			Expect(s.status(r)).To(Equal(5))
		})

		It("can be made to end at once", func() {
			s := newService()
			r := s.running()
			Expect(s.IdleOut(r.SID)).To(Succeed())
			Expect(s.status(r)).To(Equal(6))
			s.clock.Step(uploadDuration)
			Expect(s.status(r)).To(Equal(8))
		})
	})

	It("of a web page ends at its maxRecordingHour", func() {
		s := newService()
		r := s.started(recorder.ModeWeb)
		s.clock.Step(3*time.Hour - time.Nanosecond)
		Expect(s.status(r)).To(Equal(5))
		s.clock.Step(time.Nanosecond)
		Expect(s.status(r)).To(Equal(6))
	})

	It("records who publishes later", func() {
		s := newService()
		r := s.running(nothingRecorded, withMode(recorder.ModeIndividual))
		Expect(s.Publish(r.SID, "7", "8")).To(Succeed())
		Expect(s.now(r).Files).To(HaveLen(4))
		Expect(s.Publish(r.SID)).To(Succeed())
		Expect(s.stopAsync(r)).To(refuse(http.StatusPartialContent, 435))
	})

	DescribeTable("lives by a clock that begins at", func(begin time.Time) {
		s := newService(func(o *agorasim.Options) {
			fake := clocktesting.NewFakeClock(begin)
			o.Clock = fake
			o.StartupStep = -1
		})
		r := s.started(recorder.ModeMix)
		Expect(s.query(r).serverResponse()).To(HaveKeyWithValue("sliceStartTime", BeNumerically("==", begin.UnixMilli())))
		Expect(s.IdleOut(r.SID)).To(Succeed())
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("ServiceStatus", 6)))
		Expect(s.stopAsync(r)).To(refuse(http.StatusBadRequest, 49))
	},
		Entry("the zero time", time.Time{}),
		Entry("the Unix epoch", time.Unix(0, 0)),
	)
})

const migration = 90 * time.Second

// movedFile returns a file that began when a recorder was moved.
func movedFile(name, trackType, uid string) string {
	return strings.ReplaceAll(file(name, trackType, uid, false), fmt.Sprint(begun), fmt.Sprint(beginning.Add(migration).UnixMilli()))
}

var _ = Describe("A lost worker", func() {

	It("makes every method answer 404 for a while, though the recording goes on", func() {
		s := newService()
		r := s.running()
		Expect(s.LoseWorker(r.SID, migration)).To(Succeed())
		Expect(s.query(r)).To(beNotFound())
		Expect(s.stopAsync(r)).To(beNotFound())
		s.clock.Step(migration - time.Nanosecond)
		Expect(s.stopAsync(r)).To(beNotFound())
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", true), HaveField("Exited", false), HaveField("Failovers", 1),
			HaveField("StopRequests", 2), HaveField("StopsTaken", 0)))
		s.clock.Step(time.Nanosecond)
		Expect(s.status(r)).To(Equal(5))
		Expect(s.stopAsync(r).Status).To(Equal(http.StatusOK))
	})

	DescribeTable("makes the files of its successor have other names", func(answer string, changes ...func(*agorasim.RecordingOptions)) {
		s := newService()
		r := s.running(append(changes, withPrefix)...)
		Expect(s.LoseWorker(r.SID, migration)).To(Succeed())
		s.clock.Step(migration)
		before := s.query(r).Body
		Expect(before).NotTo(ContainSubstring("bak0_"))
		s.clock.Step(time.Minute)
		base := r.SID + "_lesson"
		answer = strings.ReplaceAll(answer, "BASE", base)
		Expect(s.query(r).serverResponse()).To(HaveKeyWithValue("fileList", WithTransform(encode, MatchJSON(answer))))
		Expect(s.stop(r).serverResponse()).To(HaveKeyWithValue("fileList", WithTransform(encode, MatchJSON(answer))))
	},
		Entry("of which the latest index is named alone", `"rec/room1/bak0_BASE.m3u8"`),
		Entry("which stand beside the earlier ones", `[`+strings.Join([]string{
			file("rec/room1/BASE__uid_s_123__uid_e_audio.m3u8", "audio", "123", false),
			file("rec/room1/BASE__uid_s_123__uid_e_video.m3u8", "video", "123", false),
			movedFile("rec/room1/bak0_BASE__uid_s_123__uid_e_audio.m3u8", "audio", "123"),
			movedFile("rec/room1/bak0_BASE__uid_s_123__uid_e_video.m3u8", "video", "123"),
		}, ",")+`]`, withMode(recorder.ModeIndividual)),
	)

	It("is replaced three times, and the fourth time ends the recording", func() {
		s := newService()
		r := s.running()
		for loss := range 3 {
			Expect(s.LoseWorker(r.SID, migration)).To(Succeed())
			s.clock.Step(migration)
			Expect(s.status(r)).To(Equal(5), fmt.Sprint(loss))
		}
		Expect(s.LoseWorker(r.SID, migration)).To(Succeed())
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("Exited", true), HaveField("Failovers", 3)))
		s.clock.Step(migration)
		Expect(s.query(r)).To(beNotFound())
	})
})

var _ = Describe("A recording that runs already", func() {
	It("is added as it is described", func() {
		s := newService()
		r := s.running(withPrefix, func(o *agorasim.RecordingOptions) {
			o.ResourceID, o.SID = "resource", "sid"
			o.UploadingStatus = recorder.UploadingStatusBackuped
		})
		Expect(r).To(Equal(agorasim.Recording{
			AppID: appID, CName: cname, UID: uid, Mode: recorder.ModeMix, ResourceID: "resource", SID: "sid",
			ServiceStatus: 5, Running: true, StartedAt: beginning.Add(-10 * time.Minute),
			Configuration: recorder.Configuration{
				Layout:       &recorder.Layout{BackgroundColor: "#000000"},
				VideoProfile: &recorder.VideoProfile{Width: 360, Height: 640, FPS: 15, Bitrate: 500},
			},
			Files: []string{"rec/room1/sid_lesson.m3u8"}, UploadingStatus: "backuped",
		}))
		Expect(s.Recordings()).To(Equal([]agorasim.Recording{r}))
		Expect(s.query(r).Status).To(Equal(http.StatusOK))
	})

	It("has identifiers as Agora makes them where none are given", func() {
		r := newService().running()
		Expect(r.SID).To(MatchRegexp(`^[0-9a-f]{32}$`))
		Expect(r.ResourceID).To(MatchRegexp(`^[A-Za-z0-9_-]{190,365}$`))
	})

	It("stands in the list in the order of the start", func() {
		s := newService()
		var sids []string
		for _, name := range []string{"c", "a", "b"} {
			sids = append(sids, s.running(func(o *agorasim.RecordingOptions) { o.CName = name }).SID)
		}
		for i, r := range s.Recordings() {
			Expect(r.SID).To(Equal(sids[i]))
		}
	})

	It("stays as long as its options say", func() {
		s := newService()
		r := s.running(withUpload(time.Minute), func(o *agorasim.RecordingOptions) {
			o.ExitAfter = &metav1.Duration{Duration: time.Hour}
		})
		s.stopAsync(r)
		s.clock.Step(time.Hour)
		Expect(s.status(r)).To(Equal(8))
		s.clock.Step(time.Minute)
		Expect(s.query(r)).To(beNotFound())
	})

	DescribeTable("is refused", func(change func(*agorasim.RecordingOptions)) {
		s := newService()
		s.running(func(o *agorasim.RecordingOptions) { o.ResourceID, o.SID = "resource", "sid" })
		options := agorasim.RecordingOptions{AppID: appID, CName: "another", UID: uid, Mode: recorder.ModeMix}
		change(&options)
		_, err := s.AddRecording(options)
		Expect(err).To(HaveOccurred())
		Expect(s.Recordings()).To(HaveLen(1))
	},
		Entry("without an App ID", func(o *agorasim.RecordingOptions) { o.AppID = "" }),
		Entry("without a cname", func(o *agorasim.RecordingOptions) { o.CName = "" }),
		Entry("without a uid", func(o *agorasim.RecordingOptions) { o.UID = "" }),
		Entry("with a uid that is none", func(o *agorasim.RecordingOptions) { o.UID = "0" }),
		Entry("without a mode", func(o *agorasim.RecordingOptions) { o.Mode = "" }),
		Entry("with a mode in the wrong letter case", func(o *agorasim.RecordingOptions) { o.Mode = "Web" }),
		Entry("with a sid in use", func(o *agorasim.RecordingOptions) { o.SID = "sid" }),
		Entry("with a resource ID in use", func(o *agorasim.RecordingOptions) { o.ResourceID = "resource" }),
		Entry("if it is running already", func(o *agorasim.RecordingOptions) { o.CName = cname }),
		Entry("with a negative upload", func(o *agorasim.RecordingOptions) { o.UploadDuration = &metav1.Duration{Duration: -1} }),
		Entry("with a negative stay", func(o *agorasim.RecordingOptions) { o.ExitAfter = &metav1.Duration{Duration: -1} }),

		Entry("with screenshots all the time", func(o *agorasim.RecordingOptions) { o.CaptureInterval = &metav1.Duration{} }),
		Entry("with less than no slices", func(o *agorasim.RecordingOptions) { o.Slices = -1 }),
		Entry("with a negative idle time", func(o *agorasim.RecordingOptions) { o.MaxIdleTime = &metav1.Duration{Duration: -1} }),
	)

	It("cannot be changed if there is none", func() {
		s := newService()
		Expect(s.IdleOut("none")).NotTo(Succeed())
		Expect(s.LeaveChannel("none")).NotTo(Succeed())
		Expect(s.ExpireToken("none")).NotTo(Succeed())
		Expect(s.Publish("none")).NotTo(Succeed())
		Expect(s.Exit("none")).NotTo(Succeed())
		Expect(s.Fail("none")).NotTo(Succeed())
		Expect(s.Transfer("none")).NotTo(Succeed())
		Expect(s.LoseWorker("none", time.Second)).NotTo(Succeed())
		_, ok := s.Recording("none")
		Expect(ok).To(BeFalse())
	})
})
