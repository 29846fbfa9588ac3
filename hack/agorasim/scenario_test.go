// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("A scenario", func() {
	var (
		scenario agorasim.Scenario
		asked    []agorasim.StartRequest
		s        *service
	)

	BeforeEach(func() {
		scenario, asked = agorasim.Scenario{}, nil
		s = newService(func(o *agorasim.Options) {
			o.Scenario = func(request agorasim.StartRequest) agorasim.Scenario {
				asked = append(asked, request)
				return scenario
			}
		})
	})

	It("is chosen by what a start says, once it is accepted", func() {
		started := s.started(recorder.ModeMix, func(request members) { request["token"] = "t" })
		Expect(asked).To(ConsistOf(agorasim.StartRequest{
			AppID: appID, CName: cname, UID: uid, Token: "t", AccessKey: "k", SecretKey: "s",
		}))
		Expect(s.start(s.acquired(members{}), recorder.ModeMix, startRequest(recorder.ModeMix))).To(refuse(http.StatusBadRequest, 53))
		Expect(asked).To(HaveLen(1))
		Expect(started.Running).To(BeTrue())
	})

	It("decides on the outcome of the upload", func() {
		scenario.UploadingStatus = recorder.UploadingStatusBackuped
		Expect(s.started(recorder.ModeMix).UploadingStatus).To(Equal(recorder.UploadingStatusBackuped))
	})

	It("has no recorder come up", func() {
		scenario.NeverUp = true
		started := s.started(recorder.ModeMix)
		Expect(started.NeverUp).To(BeTrue())
		Expect(started.Running).To(BeFalse())
		s.clock.Step(10 * time.Second)
		Expect(s.query(started)).To(refuse(http.StatusNotFound, 404))
		Expect(s.stopAsync(started)).To(refuse(http.StatusNotFound, 404))
	})
})

var _ = Describe("The latest recording of a channel and uid", func() {
	It("is the one that began last", func() {
		s := newService()
		first := s.started(recorder.ModeMix)
		Expect(s.IdleOut(first.SID)).To(Succeed())
		second := s.started(recorder.ModeMix)
		latest, ok := s.LatestRecording(appID, cname, uid)
		Expect(ok).To(BeTrue())
		Expect(latest.SID).To(Equal(second.SID))
		_, ok = s.LatestRecording(appID, cname, "1")
		Expect(ok).To(BeFalse())
	})
})

var _ = Describe("The validity of a resource ID", func() {
	It("is what the options say", func() {
		s := newService(func(o *agorasim.Options) { o.ResourceIDValidity = time.Hour })
		resourceID := s.acquired(members{})
		s.clock.Step(time.Hour)
		Expect(s.start(resourceID, recorder.ModeMix, startRequest(recorder.ModeMix)).Status).To(Equal(http.StatusOK))
	})
})
