// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("The time that notifications state", func() {
	DescribeTable("is off by as much as the clock of the recording's servers,", func(offset time.Duration) {
		inbox := newReceiver()
		s := newService(sentTo(inbox))
		r, err := s.AddRecording(agorasim.RecordingOptions{
			AppID: appID, CName: cname, UID: uid, Mode: recorder.ModeMix,
			Scenario: agorasim.Scenario{ClockOffset: metav1.Duration{Duration: offset}},
		})
		Expect(err).NotTo(HaveOccurred())
		s.notify(r, notify.EventUploaded)
		told := inbox.awaitOne(notify.EventUploaded)
		Expect(told.Payload.SendTs).To(Equal(beginning.Add(offset).UnixMilli()))
		Expect(told.NotifyMs).To(Equal(beginning.Add(offset).UnixMilli()))
	},
		Entry("which is right", time.Duration(0)),
		Entry("which is behind", -5*time.Second),
		Entry("which is ahead", 5*time.Second),
	)

	It("is off in the same way for a recording that is started", func() {
		inbox := newReceiver()
		s := newService(sentTo(inbox), func(o *agorasim.Options) {
			o.Scenario = func(agorasim.StartRequest) agorasim.Scenario {
				return agorasim.Scenario{ClockOffset: metav1.Duration{Duration: -5 * time.Second}}
			}
		})
		r := s.started(recorder.ModeMix)
		Expect(r.StartedAt).To(Equal(beginning))
		s.notify(r, notify.EventUploaded)
		told := inbox.awaitOne(notify.EventUploaded)
		Expect(told.Payload.SendTs).To(Equal(beginning.Add(-5 * time.Second).UnixMilli()))
	})

	It("can be that of the clock whose time is sped up", func() {
		inbox := newReceiver()
		s := newService(sentTo(inbox), func(o *agorasim.Options) { o.Speed, o.StateClockTime = 15, true })
		r, err := s.AddRecording(agorasim.RecordingOptions{AppID: appID, CName: cname, UID: uid, Mode: recorder.ModeMix})
		Expect(err).NotTo(HaveOccurred())
		s.clock.Step(time.Minute)
		Expect(s.Now()).To(Equal(beginning.Add(15 * time.Minute)))
		s.notify(r, notify.EventUploaded)
		told := inbox.awaitOne(notify.EventUploaded)
		Expect(told.Payload.SendTs).To(Equal(beginning.Add(time.Minute).UnixMilli()))
		Expect(told.NotifyMs).To(Equal(beginning.Add(time.Minute).UnixMilli()))
	})
})

var _ = Describe("A notification", func() {
	It("can name any uid", func() {
		inbox := newReceiver()
		s := newService(sentTo(inbox))
		r, err := s.AddRecording(agorasim.RecordingOptions{AppID: appID, CName: cname, UID: uid, Mode: recorder.ModeMix})
		Expect(err).NotTo(HaveOccurred())
		_, err = s.SendNotificationAs(r.SID, notify.EventUploaded, "somebody", nil)
		Expect(err).NotTo(HaveOccurred())
		told := inbox.awaitOne(notify.EventUploaded)
		Expect(told.Payload.UID).To(Equal("somebody"))
		Expect(told.Payload.SID).To(Equal(r.SID))
		Expect(told).To(signedBy(notificationSecret))
	})
})
