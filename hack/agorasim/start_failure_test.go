// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("A recorder that does not come up", func() {
	const token = "wanted-token"
	demanding := func(o *agorasim.Options) {
		o.Tokens = map[string]string{appID: token}
		o.StorageCredentials = []agorasim.StorageCredential{
			{AccessKey: "k", SecretKey: "s"}, {AccessKey: "k", SecretKey: "s", STSToken: "t"},
		}
	}
	withToken := func(request members) { request["token"] = token }
	transcoded := func(key string, value any) func(members) {
		return func(request members) {
			config := members{"width": 1280, "height": 720, "fps": 15, "bitrate": 2260, "mixedVideoLayout": 1}
			config[key] = value
			request["token"] = token
			request["recordingConfig"] = members{"channelType": 1, "transcodingConfig": config}
		}
	}
	stored := func(key, value string) func(members) {
		return func(request members) {
			request["token"] = token
			object(request, "storageConfig")[key] = value
		}
	}

	DescribeTable("was accepted, runs for a moment, and is gone before it is ready", func(mode string, failure recorder.StartFailure, change func(members)) {
		s := newService(demanding)
		r := s.started(mode, change)
		Expect(r).To(SatisfyAll(HaveField("StartFailure", failure), HaveField("Running", true)))
		s.clock.Step(time.Second - time.Nanosecond)
		Expect(s.status(r)).To(Equal(1))
		s.clock.Step(time.Nanosecond)
		Expect(s.query(r)).To(beNotFound())
		Expect(s.stopAsync(r)).To(beNotFound())
		Expect(s.update(r, members{"storageConfig": storage()})).To(beNotFound())
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", false), HaveField("Exited", true), HaveField("Files", BeEmpty()),
			HaveField("StoppedAt", beginning.Add(time.Second))))
	},
		Entry("without a token", recorder.ModeMix, recorder.StartFailureToken, func(members) {}),
		Entry("with another token", recorder.ModeIndividual, recorder.StartFailureToken, func(request members) { request["token"] = "other" }),
		Entry("with another secret key", recorder.ModeMix, recorder.StartFailureStorage, stored("secretKey", "other")),
		Entry("with another access key", recorder.ModeIndividual, recorder.StartFailureStorage, stored("accessKey", "other")),
		Entry("with another STS token", recorder.ModeMix, recorder.StartFailureStorage, stored("stsToken", "other")),
		Entry("with another secret key of a page's bucket", recorder.ModeWeb, recorder.StartFailureStorage, stored("secretKey", "other")),
		Entry("too wide", recorder.ModeMix, recorder.StartFailureTranscoding, transcoded("width", 1921)),
		Entry("too high", recorder.ModeMix, recorder.StartFailureTranscoding, transcoded("height", 1921)),
		Entry("with more pixels than there may be", recorder.ModeMix, recorder.StartFailureTranscoding, transcoded("height", 1900)),
		Entry("at a frame rate in a text", recorder.ModeMix, recorder.StartFailureTranscoding, transcoded("fps", "15")),
		Entry("in a layout of its own without regions", recorder.ModeMix, recorder.StartFailureTranscoding, transcoded("mixedVideoLayout", 3)),
		Entry("at too high a bitrate", recorder.ModeMix, recorder.StartFailureTranscoding, transcoded("bitrate", 6501)),
		Entry("in an unknown layout", recorder.ModeMix, recorder.StartFailureTranscoding, transcoded("mixedVideoLayout", 4)),
		Entry("in a color that is none", recorder.ModeMix, recorder.StartFailureTranscoding, transcoded("backgroundColor", "red")),
	)

	DescribeTable("is not one", func(mode string, change func(members)) {
		s := newService(demanding)
		r := s.started(mode, change)
		s.clock.Step(4 * time.Second)
		Expect(s.status(r)).To(Equal(5))
		Expect(s.now(r).StartFailure).To(BeEmpty())
	},
		Entry("with the token that is wanted", recorder.ModeMix, withToken),
		Entry("without a token for a page", recorder.ModeWeb, func(members) {}),
		Entry("with the STS token that is wanted", recorder.ModeMix, stored("stsToken", "t")),
		Entry("with a transcodingConfig that can be used", recorder.ModeMix, transcoded("mixedVideoLayout", 2)),
		Entry("with a transcodingConfig that its mode has not", recorder.ModeIndividual, transcoded("fps", 25)),
	)

	It("leaves its cname and uid to another", func() {
		s := newService(demanding)
		s.started(recorder.ModeMix)
		Expect(s.start(s.acquired(members{}), recorder.ModeMix, startRequest(recorder.ModeMix))).To(refuse(http.StatusBadRequest, 53))
		s.clock.Step(time.Second)
		Expect(s.started(recorder.ModeMix, withToken).StartFailure).To(BeEmpty())
	})

	DescribeTable("notifies of its end alone", func(change func(members), want ...int) {
		inbox := newReceiver()
		s := newService(sentTo(inbox), demanding)
		s.started(recorder.ModeMix, change)
		s.clock.Step(time.Hour)
		Expect(inbox.awaitOne(notify.EventSessionExit)).To(haveDetails(HaveKeyWithValue("exitStatus", 1.0)))
		Expect(inbox.types()).To(Equal(want))
	},
		Entry("with a wrong token", func(request members) { request["token"] = "other" }, notify.EventSessionExit),
		Entry("with a wrong transcodingConfig", transcoded("width", 1921), notify.EventSessionExit),
		Entry("with credentials that do not open the bucket, which it says",
			stored("secretKey", "other"), notify.EventError, notify.EventSessionExit),
	)
})

var _ = Describe("An expired token", func() {
	It("makes the recorder leave, upload and exit", func() {
		inbox := newReceiver()
		s := newService(sentTo(inbox))
		r := s.running()
		Expect(s.ExpireToken(r.SID)).To(Succeed())
		Expect(s.status(r)).To(Equal(6))
		s.clock.Step(uploadDuration + exitAfter)
		Expect(s.query(r)).To(beNotFound())
		Expect(inbox.awaitOne(notify.EventRecorderLeave)).To(haveDetails(HaveKeyWithValue("leaveCode", 16.0)))
		Expect(inbox.awaitOne(notify.EventSessionExit)).To(haveDetails(HaveKeyWithValue("exitStatus", 0.0)))
	})

	It("is not for pages", func() {
		s := newService()
		r := s.running(withMode(recorder.ModeWeb))
		Expect(s.ExpireToken(r.SID)).NotTo(Succeed())
		Expect(s.now(r).Running).To(BeTrue())
	})
})
