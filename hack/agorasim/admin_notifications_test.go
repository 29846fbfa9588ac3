// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"fmt"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

var _ = Describe("The admin interface", func() {
	Describe("on notifications", func() {
		var (
			inbox *receiver
			s     *service
		)
		BeforeEach(func() {
			inbox = newReceiver()
			s = newService(sentTo(inbox))
		})

		It("changes the receivers", func() {
			own := newReceiver()
			got := s.admin(http.MethodPut, "/notifications", fmt.Sprintf(
				`{"url":%q,"secret":"s","eventTypes":[31,41],"appIds":{"app":{"url":%q,"secret":"t"}}}`, inbox.URL, own.URL))
			Expect(got.Status).To(Equal(http.StatusNoContent), got.Body)
			s.stopAsync(s.running())
			Expect(own.awaitOne(notify.EventRecorderLeave)).To(signedBy("t"))
		})

		It("sends none any more", func() {
			Expect(s.admin(http.MethodPut, "/notifications", "").Status).To(Equal(http.StatusNoContent))
			_, err := s.SendNotification(s.running().SID, notify.EventUploaded, nil)
			Expect(err).To(HaveOccurred())
		})

		It("refuses an address that is none", func() {
			got := s.admin(http.MethodPut, "/notifications", `{"url":"nowhere"}`)
			Expect(got.Status).To(Equal(http.StatusBadRequest))
			Expect(got.text("problem")).To(ContainSubstring("URL"))
		})

		It("sends an event, and shows its delivery", func() {
			r := s.running()
			got := s.admin(http.MethodPost, "/recordings/"+r.SID+"/notify", `{"eventType":1,"details":{"errorCode":47}}`)
			Expect(got.Status).To(Equal(http.StatusOK), got.Body)
			n := inbox.awaitOne(notify.EventError)
			Expect(got.Body).To(MatchJSON(fmt.Sprintf(`{"noticeIds":[%q]}`, n.NoticeID)))
			Eventually(func() string { return s.admin(http.MethodGet, "/notifications/deliveries", "").Body }).Should(MatchJSON(fmt.Sprintf(
				`[{"number":1,"noticeId":%q,"eventType":1,"msgName":"cloud_recording_error","appId":"app","cname":"lesson","uid":"527841",
				"sid":%q,"sequence":0,"eventTime":"2026-05-04T03:02:01Z","state":"delivered",
				"attempts":[{"notifyMs":%d,"status":200}]}]`, n.NoticeID, r.SID, beginning.UnixMilli())))
		})

		DescribeTable("refuses an event", func(path, body string, status int) {
			s.running(func(o *agorasim.RecordingOptions) { o.SID = "sid" })
			Expect(s.admin(http.MethodPost, path, body).Status).To(Equal(status))
			Expect(s.Deliveries()).To(BeEmpty())
		},
			Entry("of an unknown recording", "/recordings/none/notify", `{"eventType":1}`, http.StatusNotFound),
			Entry("of an unknown type", "/recordings/sid/notify", `{"eventType":5}`, http.StatusBadRequest),
			Entry("with a member that it has not", "/recordings/sid/notify", `{"eventType":1,"color":"red"}`, http.StatusBadRequest),
			Entry("that is none", "/recordings/sid/notify", `[]`, http.StatusBadRequest),
		)

		It("checks the receiver", func() {
			got := s.admin(http.MethodPost, "/notifications/check", `{"appId":"app"}`)
			Expect(got.decoded()).To(HaveKeyWithValue("noticeIds", HaveLen(28)))
			Eventually(inbox.types).Should(HaveLen(28))
			Expect(s.admin(http.MethodPut, "/notifications", "{}").Status).To(Equal(http.StatusNoContent))
			Expect(s.admin(http.MethodPost, "/notifications/check", "").Status).To(Equal(http.StatusBadRequest))
		})

		It("adds, lists and removes faults", func() {
			const fault = `{"eventTypes":[31],"appId":"app","cname":"lesson","sid":"s","times":3,"effect":"delay","delay":"20s"}`
			got := s.admin(http.MethodPost, "/notifications/faults", fault)
			Expect(got.Status).To(Equal(http.StatusCreated), got.Body)
			Expect(got.text("id")).To(Equal("1"))
			var added []notify.Fault
			s.admin(http.MethodGet, "/notifications/faults", "").into(&added)
			Expect(added).To(Equal(s.NotificationFaults()))
			Expect(s.admin(http.MethodPost, "/notifications/faults", `{"effect":"lose"}`).Status).To(Equal(http.StatusCreated))
			Expect(s.admin(http.MethodPost, "/notifications/faults", `{"effect":"eat"}`).Status).To(Equal(http.StatusBadRequest))
			Expect(s.admin(http.MethodDelete, "/notifications/faults", "").Status).To(Equal(http.StatusNoContent))
			Expect(s.admin(http.MethodGet, "/notifications/faults", "").Body).To(MatchJSON(`[]`))
		})
	})

	Describe("on files", func() {
		It("adds a recording with what becomes of them", func() {
			a := newArchive()
			s := writtenTo(a)
			got := s.admin(http.MethodPost, "/recordings", `{"appId":"a","cname":"c","uid":"1","mode":"individual","sid":"sid","snapshot":true,
				"avFileType":["hls"],"captureInterval":"1m","slices":4,"uploadingStatus":"backuped","upload":{"late":"1s",
				"missingSlices":1,"emptySlices":1,"completeIndex":true,"transferAfter":"1m",
				"transferSteps":2,"announceTransfer":true}}`)
			Expect(got.Status).To(Equal(http.StatusCreated), got.Body)
			Expect(got.decoded()).NotTo(HaveKey("uploadedAt"))
			r := s.Recordings()[0]
			s.uploaded(r)
			got = s.admin(http.MethodGet, "/recordings/sid", "")
			Expect(got.decoded()).To(SatisfyAll(HaveKeyWithValue("written", true), HaveKeyWithValue("backedUp", true),
				HaveKeyWithValue("uploadedAt", "2026-05-04T03:02:03Z")))
			got = s.admin(http.MethodPost, "/recordings/sid/transfer", "")
			Expect(got.Status).To(Equal(http.StatusOK), got.Body)
			Expect(s.admin(http.MethodPost, "/recordings/sid/transfer", "").decoded()).NotTo(HaveKey("backedUp"))
			Expect(s.admin(http.MethodPost, "/recordings/sid/transfer", "").Status).To(Equal(http.StatusBadRequest))
			Expect(s.admin(http.MethodPost, "/recordings/none/transfer", "").Status).To(Equal(http.StatusNotFound))
		})

		It("makes a recording fail", func() {
			s := newService()
			got := s.admin(http.MethodPost, "/recordings/"+s.running().SID+"/fail", "")
			Expect(got.decoded()).To(HaveKeyWithValue("serviceStatus", 20.0))
		})
	})
})
