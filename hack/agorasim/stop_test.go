// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

func withUpload(d time.Duration) func(*agorasim.RecordingOptions) {
	return func(o *agorasim.RecordingOptions) { o.UploadDuration = &metav1.Duration{Duration: d} }
}

func withOutcome(uploadingStatus string) func(*agorasim.RecordingOptions) {
	return func(o *agorasim.RecordingOptions) { o.UploadingStatus = uploadingStatus }
}

var _ = Describe("stop, synchronous", func() {
	answers := func(r agorasim.Recording, serverResponse string) OmegaMatcher {
		return SatisfyAll(HaveField("Status", http.StatusOK),
			HaveField("Body", MatchJSON(fmt.Sprintf(`{%s,"serverResponse":%s}`, identity(r), serverResponse))))
	}

	Describe("answers after the upload", func() {
		It("and not a moment before", func() {
			s := newService()
			r := s.running()
			answers := s.beginStop(r)
			s.awaitWaiting(1)
			s.clock.Step(uploadDuration - time.Nanosecond)
			Expect(s.clock.Waiters()).To(Equal(1))
			Expect(answers).NotTo(Receive())
			s.clock.Step(time.Nanosecond)
			Expect(await(answers).Status).To(Equal(http.StatusOK))
		})

		It("though it ends the recording at once", func() {
			s := newService()
			r := s.running()
			answers := s.beginStop(r)
			s.awaitWaiting(1)
			Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("StopsTaken", 1),
				HaveField("StoppedAt", beginning), HaveField("ServiceStatus", 6)))
			s.clock.Step(uploadDuration)
			await(answers)
		})

		It("of 20 seconds", func() {
			s := newService()
			answers := s.beginStop(s.running(withUpload(20 * time.Second)))
			s.awaitWaiting(1)
			s.clock.Step(20 * time.Second)
			Expect(await(answers).serverResponse()).To(HaveKeyWithValue("uploadingStatus", "uploaded"))
		})

		It("which may take no time", func() {
			s := newService()
			got := s.call(http.MethodPost, stopPath(s.running(withUpload(0))), encode(envelope(members{})))
			Expect(got.serverResponse()).To(HaveKeyWithValue("uploadingStatus", "uploaded"))
		})
	})

	It("is what stop is without async_stop", func() {
		s := newService()
		r := s.running()
		answers := begin(func() answer { return s.attempt(http.MethodPost, stopPath(r), encode(envelope(members{}))) })
		s.awaitWaiting(1)
		s.clock.Step(uploadDuration)
		Expect(await(answers).serverResponse()).To(HaveKey("uploadingStatus"))
	})

	Describe("of an upload that takes more than 20 seconds", func() {
		stopSlow := func(s *service, r agorasim.Recording) answer {
			GinkgoHelper()
			answers := s.beginStop(r)
			s.awaitWaiting(1)
			s.clock.Step(20*time.Second - time.Nanosecond)
			Expect(s.clock.Waiters()).To(Equal(1))
			s.clock.Step(time.Nanosecond)
			return await(answers)
		}

		It("answers code 50 after 20 seconds, while the upload goes on", func() {
			s := newService()
			r := s.running(withUpload(21 * time.Second))
			got := stopSlow(s, r)
			Expect(got.Status).To(Equal(http.StatusInternalServerError))
			Expect(got.Body).To(MatchJSON(fmt.Sprintf(`{%s,"code":50,"reason":"upload timeout"}`, identity(r))))
			Expect(s.now(r)).To(SatisfyAll(HaveField("ServiceStatus", 6), HaveField("StopsTaken", 1)))
			s.clock.Step(time.Second)
			Expect(s.now(r).ServiceStatus).To(Equal(8))
		})
	})

	DescribeTable("answers with the outcome of the upload",
		func(outcome string) {
			s := newService()
			Expect(s.stop(s.running(withOutcome(outcome))).serverResponse()).To(HaveKeyWithValue("uploadingStatus", outcome))
		},
		Entry("uploaded", recorder.UploadingStatusUploaded),
		Entry("backuped", recorder.UploadingStatusBackuped),
		Entry("unknow", recorder.UploadingStatusUnknow),
		Entry("unknown", recorder.UploadingStatusUnknown),
	)

	It("may leave the outcome out", func() {
		s := newService()
		Expect(s.stop(s.running(withOutcome(recorder.UploadingStatusAbsent))).serverResponse()).NotTo(HaveKey("uploadingStatus"))
	})

	It("may leave the outcome of a web recording out", func() {
		s := newService()
		got := s.stop(s.running(withMode(recorder.ModeWeb), withOutcome(recorder.UploadingStatusAbsent)))
		Expect(got.Body).To(ContainSubstring(`{"serviceName":"upload_service","payload":{}}`))
	})

	It("has the simulator's outcome if the recording says none", func() {
		s := newService(func(o *agorasim.Options) { o.UploadingStatus = recorder.UploadingStatusBackuped })
		Expect(s.stop(s.running()).serverResponse()).To(HaveKeyWithValue("uploadingStatus", "backuped"))
	})

	It("names the index of a mix recording", func() {
		s := newService()
		r := s.running(withPrefix)
		Expect(s.stop(r)).To(answers(r, fmt.Sprintf(
			`{"fileListMode":"string","fileList":"rec/room1/%s_lesson.m3u8","uploadingStatus":"uploaded"}`, r.SID)))
	})

	It("lists the index and MP4 files of a mix recording", func() {
		s := newService()
		r := s.running(withMP4, withPrefix)
		Expect(s.stop(r)).To(answers(r, fmt.Sprintf(
			`{"fileListMode":"json","fileList":[%s,%s],"uploadingStatus":"uploaded"}`,
			file("rec/room1/"+r.SID+"_lesson.m3u8", "audio_and_video", "0", true),
			file("rec/room1/"+r.SID+"_lesson_0.mp4", "audio_and_video", "0", true))))
	})

	It("lists the index files of an individual recording", func() {
		s := newService()
		r := s.running(withMode(recorder.ModeIndividual))
		Expect(s.stop(r)).To(answers(r, fmt.Sprintf(
			`{"fileListMode":"json","fileList":[%s,%s],"uploadingStatus":"uploaded"}`,
			file(r.SID+"_lesson__uid_s_123__uid_e_audio.m3u8", "audio", "123", false),
			file(r.SID+"_lesson__uid_s_123__uid_e_video.m3u8", "video", "123", false))))
	})

	It("says only the outcome of an individual recording with screenshots", func() {
		s := newService()
		r := s.running(withScreenshots)
		Expect(s.stop(r)).To(answers(r, `{"uploadingStatus":"uploaded"}`))
	})

	It("says all of a web recording in the states of its services", func() {
		s := newService()
		r := s.running(withMode(recorder.ModeWeb), withMP4, withPrefix)
		Expect(s.stop(r)).To(answers(r, fmt.Sprintf(`{"extensionServiceState":[
			{"serviceName":"upload_service","payload":{"uploadingStatus":"uploaded"}},
			{"serviceName":"web_recorder_service","payload":{"state":"exit","onhold":false,"fileList":[%s,%s]}}]}`,
			webFile(r.SID+"_lesson.m3u8"), webFile(r.SID+"_lesson_0.mp4"))))
	})

	It("takes effect though its client has gone", func() {
		s := newService()
		r := s.running()
		Expect(s.attemptThenLeave(http.MethodPost, stopPath(r), stopBody(r, false), 1).Err).To(HaveOccurred())
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("StopsTaken", 1)))
		Eventually(s.clock.Waiters).Should(BeZero())
		Expect(s.Requests()[0].Status).To(BeZero())
	})
})

var _ = Describe("stop, asynchronous", func() {
	It("answers at once, without files or outcome", func() {
		s := newService()
		r := s.running()
		got := s.stopAsync(r)
		Expect(got.Status).To(Equal(http.StatusOK))
		Expect(got.Body).To(MatchJSON(fmt.Sprintf(`{%s,"serverResponse":{}}`, identity(r))))
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("StopsTaken", 1), HaveField("ServiceStatus", 6)))
	})

	It("answers at once however long the upload takes", func() {
		s := newService()
		Expect(s.stopAsync(s.running(withUpload(time.Hour))).Status).To(Equal(http.StatusOK))
	})
})

var _ = Describe("stop", func() {
	DescribeTable("refuses an async_stop that is no boolean",
		func(value any) {
			s := newService()
			r := s.running()
			got := s.call(http.MethodPost, stopPath(r), encode(envelope(members{"async_stop": value})))
			Expect(got).To(refuse(http.StatusBadRequest, 2))
			Expect(s.now(r).Running).To(BeTrue())
		},
		Entry("a text", "true"),
		Entry("a number", 1),
		Entry("null", nil),
		Entry("an object", members{}),
	)

	DescribeTable("refuses, with code 2, of another recording",
		func(key, value string) {
			s := newService()
			r := s.running()
			body := envelope(members{"async_stop": true})
			body[key] = value
			Expect(s.call(http.MethodPost, stopPath(r), encode(body))).To(refuse(http.StatusBadRequest, 2))
			Expect(s.now(r)).To(SatisfyAll(HaveField("Running", true), HaveField("StopRequests", 1), HaveField("StopsTaken", 0)))
		},
		Entry("the cname", "cname", "other"),
		Entry("the uid", "uid", "7"),
	)

	It("answers 206 with code 435 at once where nothing was recorded", func() {
		s := newService()
		r := s.running(nothingRecorded)
		got := s.call(http.MethodPost, stopPath(r), stopBody(r, false))
		Expect(got.Status).To(Equal(http.StatusPartialContent))
		Expect(got.Body).To(MatchJSON(fmt.Sprintf(`{%s,"code":435,"reason":"no recorded data"}`, identity(r))))
		Expect(s.now(r)).To(SatisfyAll(HaveField("StopsTaken", 1), HaveField("ServiceStatus", 8), HaveField("Files", BeEmpty())))
	})

	It("never answers 435 for a web recording, which has no channel", func() {
		s := newService()
		Expect(s.stop(s.running(nothingRecorded, withMode(recorder.ModeWeb))).Status).To(Equal(http.StatusOK))
	})

	Describe("of a recording that is exiting", func() {
		exiting := func(r agorasim.Recording, fileList string) OmegaMatcher {
			return SatisfyAll(HaveField("Status", http.StatusBadRequest), HaveField("Body", MatchJSON(fmt.Sprintf(
				`{%s,"code":49,"serverResponse":{"backuped":0,%s"gwWorkerVersion":1,"inProgressBitmask":1,"output":{},
				"payload":{"message":"Failed"},"selectionBitmask":1,"subscribeModeBitmask":1}}`, identity(r), fileList))))
		}
		name := func(r agorasim.Recording) string {
			return fmt.Sprintf(`"fileListMode":"string","fileListStr":"rec/room1/%s_lesson.m3u8",`, r.SID)
		}

		It("answers 400 with code 49, without a reason and with the file in a text", func() {
			s := newService()
			r := s.running(withPrefix)
			s.stopAsync(r)
			Expect(s.stopAsync(r)).To(exiting(r, name(r)))
			Expect(s.now(r)).To(SatisfyAll(HaveField("StopRequests", 2), HaveField("StopsTaken", 1)))
		})

		It("answers so at once to a synchronous one too", func() {
			s := newService()
			r := s.running(withPrefix)
			s.stopAsync(r)
			Expect(s.call(http.MethodPost, stopPath(r), stopBody(r, false))).To(exiting(r, name(r)))
		})

		It("answers so during the upload and until the exit", func() {
			s := newService()
			r := s.running(withPrefix)
			s.stop(r)
			Expect(s.stopAsync(r)).To(exiting(r, name(r)))
			s.clock.Step(exitAfter - time.Nanosecond)
			Expect(s.stopAsync(r)).To(exiting(r, name(r)))
			s.clock.Step(time.Nanosecond)
			Expect(s.stopAsync(r)).To(beNotFound())
		})

		It("answers so after an idle exit, with no stop taken", func() {
			s := newService()
			r := s.running(withPrefix)
			Expect(s.IdleOut(r.SID)).To(Succeed())
			Expect(s.stopAsync(r)).To(exiting(r, name(r)))
			Expect(s.now(r).StopsTaken).To(BeZero())
		})

		It("names no file where nothing was recorded", func() {
			s := newService()
			r := s.running(nothingRecorded)
			s.stopAsync(r)
			Expect(s.stopAsync(r)).To(exiting(r, ""))
		})

		It("names no file of screenshots", func() {
			s := newService()
			r := s.running(withScreenshots)
			s.stopAsync(r)
			Expect(s.stopAsync(r)).To(exiting(r, ""))
		})
	})
})
