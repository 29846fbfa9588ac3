// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

func takingScreenshots(interval int) func(members) {
	return func(request members) {
		request["snapshotConfig"] = members{"fileType": []string{"jpg"}, "captureInterval": interval}
	}
}

var _ = Describe("A recording notifies", func() {
	var (
		inbox *receiver
		s     *service
	)
	BeforeEach(func() {
		inbox = newReceiver()
		s = newService(sentTo(inbox))
	})
	types := func() []int { return inbox.types() }

	It("in the envelope that Agora documents, signed", func() {
		r := s.started(recorder.ModeMix)
		s.clock.Step(3 * time.Second)
		n := inbox.awaitOne(notify.EventRecorderStarted)
		Expect(n).To(signedBy(notificationSecret))
		Expect(n.Header.Get("Content-Type")).To(Equal("application/json"))
		Expect(n.Body).To(MatchJSON(encode(members{
			"noticeId": n.NoticeID, "productId": 3, "eventType": 40, "notifyMs": beginning.Add(3 * time.Second).UnixMilli(),
			"payload": members{
				"cname": cname, "uid": uid, "sid": r.SID, "sequence": n.Payload.Sequence,
				"sendts": beginning.Add(3 * time.Second).UnixMilli(), "serviceType": 1, "serviceScene": "rtc_record",
				"details": members{"msgName": "recorder_started", "status": 0},
			},
		})))
		Expect(n.NoticeID).NotTo(BeEmpty())
	})

	It("of its life, from its start to its exit, in order", func() {
		r := s.started(recorder.ModeMix)
		s.clock.Step(20 * time.Second)
		Eventually(types).Should(Equal([]int{42, 30, 40, 43, 44, 4, 42}))
		s.clock.Step(40 * time.Second)
		Eventually(types).Should(Equal([]int{42, 30, 40, 43, 44, 4, 42, 42, 42, 33, 42}))
		s.stopAsync(r)
		Eventually(types).Should(HaveLen(12))
		s.clock.Step(uploadDuration)
		Eventually(types).Should(HaveLen(14))
		s.clock.Step(exitAfter)
		Eventually(types).Should(Equal([]int{42, 30, 40, 43, 44, 4, 42, 42, 42, 33, 42, 41, 33, 31, 11}))
		for i, n := range inbox.notifications() {
			Expect(n.Payload.Sequence).To(Equal(i))
			Expect(n).To(signedBy(notificationSecret))
		}
		s.clock.Step(24 * time.Hour)
		Expect(s.query(r)).To(beNotFound())
		Expect(types()).To(HaveLen(15))
	})

	It("at the times of the events, however late the clock is read", func() {
		r := s.started(recorder.ModeMix, func(request members) {
			request["recordingConfig"] = members{"channelType": 1, "maxIdleTime": 30}
		})
		Expect(s.LeaveChannel(r.SID)).To(Succeed())
		s.clock.Step(time.Hour)
		n := inbox.awaitOne(notify.EventSessionExit)
		Expect(n.Payload.SendTs).To(Equal(beginning.Add(30*time.Second + uploadDuration + exitAfter).UnixMilli()))
		Expect(n.NotifyMs).To(Equal(beginning.Add(time.Hour).UnixMilli()))
		Expect(inbox.awaitOne(notify.EventRecorderLeave)).To(haveDetails(HaveKeyWithValue("leaveCode", 4.0)))
	})

	It("that it was stopped", func() {
		s.stopAsync(s.running())
		Expect(inbox.awaitOne(notify.EventRecorderLeave)).To(haveDetails(HaveKeyWithValue("leaveCode", 2.0)))
	})

	It("of its files when all are in the bucket", func() {
		r := s.running(withPrefix, withMP4)
		s.stopAsync(r)
		s.clock.Step(uploadDuration)
		n := inbox.awaitOne(notify.EventUploaded)
		Expect(n.Payload.ServiceType).To(Equal(2))
		Expect(n.Payload.Details).To(Equal(members{"msgName": "uploaded", "status": 0.0, "fileList": []any{
			members{
				"fileName": "rec/room1/" + r.SID + "_lesson.m3u8", "trackType": "audio_and_video", "uid": "0",
				"mixedAllUser": true, "isPlayable": true, "sliceStartTime": float64(begun),
			},
			members{
				"fileName": "rec/room1/" + r.SID + "_lesson_0.mp4", "trackType": "audio_and_video", "uid": "0",
				"mixedAllUser": true, "isPlayable": true, "sliceStartTime": float64(begun),
			},
		}}))
	})

	It("that files lie in Agora's backup, instead", func() {
		r := s.running(withPrefix, withOutcome(recorder.UploadingStatusBackuped))
		s.stopAsync(r)
		s.clock.Step(uploadDuration)
		Expect(inbox.awaitOne(notify.EventBackuped)).To(haveDetails(SatisfyAll(HaveKeyWithValue("status", 0.0),
			HaveKeyWithValue("fileList", ConsistOf(HaveKeyWithValue("fileName", "rec/room1/"+r.SID+"_lesson.m3u8"))))))
		s.clock.Step(time.Hour)
		inbox.awaitOne(notify.EventSessionExit)
		Expect(inbox.of(notify.EventUploaded)).To(BeEmpty())
	})

	It("of the transfer from the backup only if it is told to", func() {
		r := s.running(withOutcome(recorder.UploadingStatusBackuped), func(o *agorasim.RecordingOptions) {
			o.Upload = &recorder.Upload{AnnounceTransfer: true}
		})
		s.stopAsync(r)
		s.clock.Step(uploadDuration + 10*time.Minute)
		inbox.awaitOne(notify.EventUploaded)
		Expect(types()).To(Equal([]int{41, 4, 33, 32, 11, 33, 31}))
	})

	It("every minute how far the upload has come, and at its end", func() {
		r := s.started(recorder.ModeMix)
		s.clock.Step(3*time.Minute + time.Second)
		s.stopAsync(r)
		s.clock.Step(uploadDuration)
		Eventually(func() []notification { return inbox.of(notify.EventUploadingProgress) }).Should(HaveLen(4))
		progress := inbox.of(notify.EventUploadingProgress)
		for minute, n := range progress[:3] {
			Expect(n.Payload.SendTs).To(Equal(beginning.Add(time.Duration(minute+1) * time.Minute).UnixMilli()))
			Expect(n).To(haveDetails(HaveKeyWithValue("progress", And(BeNumerically(">", 0), BeNumerically("<", 10000)))))
		}
		Expect(progress[3]).To(haveDetails(HaveKeyWithValue("progress", 10000.0)))
	})

	It("of every slice of every user", func() {
		s.started(recorder.ModeIndividual)
		s.clock.Step(time.Minute)
		Eventually(func() []notification { return inbox.of(notify.EventFileInfos) }).Should(HaveLen(2))
		Expect(inbox.of(notify.EventFileInfos)).To(ConsistOf(
			haveDetails(HaveKeyWithValue("fileList", HaveSuffix("_lesson__uid_s_123__uid_e_audio.m3u8"))),
			haveDetails(HaveKeyWithValue("fileList", HaveSuffix("_lesson__uid_s_123__uid_e_video.m3u8")))))
		Eventually(func() []notification { return inbox.of(notify.EventSliceStart) }).Should(HaveLen(10))
		Expect(inbox.of(notify.EventSliceStart)[2].Payload.Details).To(Equal(members{
			"msgName": "recorder_slice_start", "startUtcMs": float64(beginning.Add(15 * time.Second).UnixMilli()),
			"discontinueUtcMs": float64(beginning.Add(15 * time.Second).UnixMilli()),
			"mixedAllUser":     false, "streamUid": "123", "trackType": "audio",
		}))
	})

	It("of what was due before its recorder was moved, however late", func() {
		r := s.started(recorder.ModeWeb)
		s.clock.Step(20 * time.Second)
		Expect(s.LoseWorker(r.SID, migration)).To(Succeed())
		Eventually(func() []notification { return inbox.of(notify.EventSliceStart) }).Should(HaveLen(2))
	})

	It("of every screenshot, by its name in the bucket", func() {
		r := s.started(recorder.ModeIndividual, takingScreenshots(20))
		s.clock.Step(50 * time.Second)
		Eventually(func() []notification { return inbox.of(notify.EventSnapshotFile) }).Should(HaveLen(2))
		Expect(inbox.of(notify.EventSnapshotFile)[1]).To(SatisfyAll(
			HaveField("Payload.ServiceScene", "rtc_snapshot"),
			haveDetails(HaveKeyWithValue("fileName", "rec/room1/"+r.SID+"_lesson__uid_s_123__uid_e_video_20260504030241000.jpg"))))
	})

	It("of the streams that come and go", func() {
		r := s.running()
		Expect(s.LeaveChannel(r.SID)).To(Succeed())
		Expect(s.Publish(r.SID, "7")).To(Succeed())
		Eventually(types).Should(Equal([]int{43, 44, 43, 44}))
		all := inbox.notifications()
		Expect(all[0]).To(haveDetails(And(HaveKeyWithValue("streamUid", "123"), HaveKeyWithValue("state", 1.0))))
		Expect(all[3]).To(haveDetails(And(HaveKeyWithValue("streamUid", "7"), HaveKeyWithValue("state", 0.0))))
	})

	It("that a web page is recorded, and why no longer", func() {
		r := s.started(recorder.ModeWeb)
		s.clock.Step(3 * time.Hour)
		Expect(inbox.awaitOne(notify.EventWebRecorderStarted)).To(SatisfyAll(
			HaveField("Payload.ServiceScene", "web_record"), HaveField("Payload.ServiceType", 6),
			haveDetails(HaveKeyWithValue("recorderStartTime", float64(beginning.UnixMilli())))))
		Expect(inbox.awaitOne(notify.EventWebRecorderStopped)).To(haveDetails(Equal(members{
			"msgName": "web_recorder_stopped", "code": 1.0, "message": "max_recording_hour", "details": "",
			"fileList": []any{members{"filename": r.SID + "_lesson.m3u8", "sliceStartTime": float64(beginning.UnixMilli())}},
		})))
		s.clock.Step(uploadDuration)
		Expect(inbox.awaitOne(notify.EventUploaded)).To(haveDetails(Equal(members{"msgName": "uploaded", "status": 0.0})))
		Expect(types()).NotTo(ContainElement(notify.EventRecorderStarted))
	})

	It("that it was moved to another server, and from there with another uid", func() {
		r := s.running()
		Expect(s.LoseWorker(r.SID, 90*time.Second)).To(Succeed())
		s.clock.Step(90 * time.Second)
		moved := inbox.awaitOne(notify.EventSessionFailover)
		Expect(moved.Payload.UID).To(Equal(uid))
		newUID := moved.Payload.Details["newUid"]
		Expect(newUID).To(BeNumerically(">", 0))
		s.stopAsync(r)
		s.clock.Step(uploadDuration + exitAfter)
		inbox.awaitOne(notify.EventSessionExit)
		for _, eventType := range []int{notify.EventRecorderStarted, notify.EventUploaded, notify.EventSessionExit} {
			Expect(inbox.awaitOne(eventType).Payload.UID).To(Equal(encode(newUID)))
		}
	})

	It("that it has failed", func() {
		r := s.running()
		Expect(s.Fail(r.SID)).To(Succeed())
		s.clock.Step(exitAfter)
		Expect(inbox.awaitOne(notify.EventSessionExit)).To(haveDetails(HaveKeyWithValue("exitStatus", 1.0)))
		Expect(inbox.awaitOne(notify.EventError)).To(haveDetails(And(HaveKeyWithValue("module", 0.0), HaveKeyWithValue("errorLevel", 5.0))))
		Expect(types()).To(Equal([]int{1, 11}))
	})

	It("of a call that does not fit its state", func() {
		r := s.running()
		s.stopAsync(r)
		Expect(s.stopAsync(r)).To(refuse(http.StatusBadRequest, 49))
		Expect(inbox.awaitOne(notify.EventStatusUpdate)).To(haveDetails(SatisfyAll(HaveKeyWithValue("status", 6.0),
			HaveKeyWithValue("recordingMode", 1.0), HaveKeyWithValue("fileList", r.SID+"_lesson.m3u8"))))
	})

	It("nothing of an upload where nobody has published", func() {
		r := s.running(nothingRecorded)
		Expect(s.stopAsync(r)).To(refuse(http.StatusPartialContent, 435))
		s.clock.Step(uploadDuration + exitAfter)
		inbox.awaitOne(notify.EventSessionExit)
		Expect(types()).To(Equal([]int{41, 11}))
	})

	It("only of the events that the receiver wants", func() {
		s := newService(sentTo(inbox, notify.EventUploaded, notify.EventSessionExit))
		s.stopAsync(s.running())
		s.clock.Step(time.Hour)
		inbox.awaitOne(notify.EventSessionExit)
		Expect(types()).To(Equal([]int{31, 11}))
	})

	It("from the moment on at which there is a receiver", func() {
		s := newService()
		r := s.started(recorder.ModeMix)
		s.clock.Step(10 * time.Minute)
		Expect(s.SetNotifications(notify.Settings{Receiver: notify.Receiver{URL: inbox.URL, Secret: "other"}})).To(Succeed())
		s.stopAsync(r)
		s.clock.Step(time.Hour)
		Expect(inbox.awaitOne(notify.EventSessionExit)).To(signedBy("other"))
		Expect(types()).To(Equal([]int{41, 33, 31, 11}))
	})

	It("the rest of its end, where there is a receiver only then", func() {
		s := newService()
		r := s.running()
		s.stopAsync(r)
		s.clock.Step(time.Second)
		Expect(s.SetNotifications(notify.Settings{Receiver: notify.Receiver{URL: inbox.URL}})).To(Succeed())
		s.clock.Step(time.Hour)
		inbox.awaitOne(notify.EventSessionExit)
		Expect(types()).To(Equal([]int{33, 31, 11}))
	})

	It("the receiver of its App ID", func() {
		own := newReceiver()
		Expect(s.SetNotifications(notify.Settings{
			Receiver: notify.Receiver{URL: inbox.URL, Secret: notificationSecret},
			AppIDs:   map[string]notify.Receiver{"own": {URL: own.URL, Secret: "own-secret"}},
		})).To(Succeed())
		s.stopAsync(s.running())
		r := s.running(func(o *agorasim.RecordingOptions) { o.AppID = "own" })
		Expect(s.IdleOut(r.SID)).To(Succeed())
		Expect(inbox.awaitOne(notify.EventRecorderLeave)).To(signedBy(notificationSecret))
		Expect(own.awaitOne(notify.EventRecorderLeave)).To(signedBy("own-secret"))
	})

	DescribeTable("whom", func(n notify.Settings, problem string) {
		Expect(s.SetNotifications(n)).To(MatchError(ContainSubstring(problem)))
		s.stopAsync(s.running())
		inbox.awaitOne(notify.EventRecorderLeave)
	},
		Entry("not at an address without a scheme", notify.Settings{Receiver: notify.Receiver{URL: "localhost:1"}}, "http"),
		Entry("not at another kind of address", notify.Settings{Receiver: notify.Receiver{URL: "ftp://h/"}}, "http"),
		Entry("not at such an address of an App ID",
			notify.Settings{AppIDs: map[string]notify.Receiver{"a": {URL: "http://"}}}, "host"),
		Entry("not of an unknown event", notify.Settings{EventTypes: []int{5}}, "event type 5 is unknown"),
	)
})

var _ = Describe("An event on demand", func() {
	It("has the details that it is given", func() {
		inbox := newReceiver()
		s := newService(sentTo(inbox))
		r := s.running()
		id, err := s.SendNotification(r.SID, notify.EventError, notify.Details{"errorCode": 32, "module": 1})
		Expect(err).NotTo(HaveOccurred())
		n := inbox.awaitOne(notify.EventError)
		Expect(n.NoticeID).To(Equal(id))
		Expect(n.Payload.Details).To(Equal(members{"msgName": "cloud_recording_error", "errorCode": 32.0, "module": 1.0}))
	})

	It("may be of any type, wanted or not, and has details that fit", func() {
		inbox := newReceiver()
		s := newService(sentTo(inbox, notify.EventUploaded))
		r := s.running(withPrefix)
		for _, eventType := range notify.EventTypes() {
			_, err := s.SendNotification(r.SID, eventType, nil)
			Expect(err).NotTo(HaveOccurred())
		}
		Eventually(inbox.types).Should(HaveLen(len(notify.EventTypes())))
		for _, n := range inbox.notifications() {
			Expect(n.Payload.Details).To(HaveKeyWithValue("msgName", MatchRegexp("^[a-z_]+$")))
			Expect(n.Payload.SID).To(Equal(r.SID))
		}
		Expect(inbox.of(notify.EventUploaded)[0].Body).To(ContainSubstring("rec/room1/" + r.SID + "_lesson.m3u8"))
	})

	It("is refused where there is no such recording, event or receiver", func() {
		s := newService()
		r := s.running()
		_, err := s.SendNotification(r.SID, notify.EventError, nil)
		Expect(err).To(MatchError(ContainSubstring("no URL")))
		_, err = s.SendNotification(r.SID, 5, nil)
		Expect(err).To(MatchError(ContainSubstring("event type 5 is unknown")))
		_, err = s.SendNotification("none", notify.EventError, nil)
		Expect(err).To(MatchError(ContainSubstring("no recording has the sid none")))
		_, err = s.CheckReceiver(appID)
		Expect(err).To(MatchError(ContainSubstring("no URL")))
	})
})

var _ = Describe("The check of a receiver", func() {
	It("sends a sample of every type, as the Agora Console does", func() {
		inbox := newReceiver()
		s := newService(sentTo(inbox))
		ids, err := s.CheckReceiver(appID)
		Expect(err).NotTo(HaveOccurred())
		Expect(ids).To(HaveLen(28))
		Eventually(inbox.types).Should(ConsistOf(1, 2, 3, 4, 11, 12, 13, 30, 31, 32, 33, 40, 41, 42, 43, 44, 45,
			60, 61, 70, 71, 72, 73, 80, 81, 90, 100, 1001))
		for _, n := range inbox.notifications() {
			Expect(n).To(SatisfyAll(signedBy(notificationSecret), HaveField("ProductID", 3),
				HaveField("Payload.CName", "test_webhook"), HaveField("Payload.UID", "12121212")))
			Expect(n.Payload.SID).To(MatchRegexp(`^[0-9a-f]{32}$`))
			Expect(strings.TrimSpace(n.Body)).To(Equal(n.Body))
		}
		Expect(s.Recordings()).To(BeEmpty())
	})
})
