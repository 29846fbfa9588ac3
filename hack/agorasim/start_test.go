// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("start", func() {
	DescribeTable("answers cname, uid, resource ID and sid",
		func(mode string) {
			s := newService()
			resourceID := s.acquired(acquireRequest(mode))
			got := s.start(resourceID, mode, startRequest(mode))
			Expect(got.Status).To(Equal(http.StatusOK))
			Expect(got.decoded()).To(SatisfyAll(
				HaveLen(4), HaveKeyWithValue("cname", cname), HaveKeyWithValue("uid", uid),
				HaveKeyWithValue("resourceId", resourceID), HaveKeyWithValue("sid", MatchRegexp(`^[0-9a-f]{32}$`)),
			))
			Expect(s.Recordings()).To(ConsistOf(SatisfyAll(
				HaveField("AppID", appID), HaveField("CName", cname), HaveField("UID", uid), HaveField("Mode", mode),
				HaveField("ResourceID", resourceID), HaveField("SID", got.text("sid")), HaveField("Running", true),
				HaveField("StartedAt", beginning),
			)))
		},
		Entry("in mode mix", recorder.ModeMix),
		Entry("in mode individual", recorder.ModeIndividual),
		Entry("in mode web", recorder.ModeWeb),
	)

	Describe("with a resource ID", func() {
		var s *service
		BeforeEach(func() { s = newService() })
		start := func(resourceID string) answer {
			GinkgoHelper()
			return s.start(resourceID, recorder.ModeMix, startRequest(recorder.ModeMix))
		}

		It("takes one of 5 minutes ago", func() {
			resourceID := s.acquired(members{})
			s.clock.Step(5 * time.Minute)
			Expect(start(resourceID).Status).To(Equal(http.StatusOK))
		})

		It("refuses an older one with code 433", func() {
			resourceID := s.acquired(members{})
			s.clock.Step(5*time.Minute + time.Nanosecond)
			Expect(start(resourceID)).To(refuse(http.StatusBadRequest, 433))
			Expect(s.Recordings()).To(BeEmpty())
		})

		It("answers 201 with code 7 to the same again", func() {
			resourceID := s.acquired(members{})
			Expect(start(resourceID).Status).To(Equal(http.StatusOK))
			got := start(resourceID)
			Expect(got.Status).To(Equal(http.StatusCreated))
			Expect(got.Body).To(MatchJSON(`{"code":7,"reason":"already started"}`))
			Expect(s.Recordings()).To(HaveLen(1))
		})

		It("answers 201 with code 7 to the same again however late and in whatever order of keys", func() {
			resourceID := s.acquired(members{})
			start(resourceID)
			s.clock.Step(time.Hour)
			body := `{"uid":"527841","clientRequest":{"storageConfig":{"secretKey":"s","accessKey":"k","bucket":"b",
				"region":0,"vendor":1,"fileNamePrefix":["rec","room1"]},"recordingConfig":{"maxIdleTime":300,"channelType":1}},
				"cname":"lesson"}`
			got := s.call(http.MethodPost, startPath(resourceID, recorder.ModeMix), body)
			Expect(got).To(refuse(http.StatusCreated, 7))
		})

		It("answers 400 with code 53 to one with other parameters", func() {
			resourceID := s.acquired(members{})
			start(resourceID)
			request := startRequest(recorder.ModeMix)
			request["recordingFileConfig"] = members{"avFileType": []string{"hls", "mp4"}}
			Expect(s.start(resourceID, recorder.ModeMix, request)).To(refuse(http.StatusBadRequest, 53))
			Expect(s.Recordings()).To(HaveLen(1))
		})

		It("starts nothing further for a recording that was added", func() {
			Expect(start(s.running().ResourceID)).To(refuse(http.StatusCreated, 7))
		})

		It("refuses an unknown one with code 1001", func() {
			Expect(start("unknown")).To(refuse(http.StatusBadRequest, 1001))
		})

		DescribeTable("refuses one that was acquired for another", func(key, value string) {
			resourceID := s.acquired(members{})
			body := envelope(startRequest(recorder.ModeMix))
			body[key] = value
			got := s.call(http.MethodPost, startPath(resourceID, recorder.ModeMix), encode(body))
			Expect(got).To(refuse(http.StatusBadRequest, 432))
		},
			Entry("cname", "cname", "other"),
			Entry("uid", "uid", "7"),
		)

		It("refuses one of another App ID with code 432", func() {
			path := strings.Replace(startPath(s.acquired(members{}), recorder.ModeMix), "/app/", "/other/", 1)
			got := s.call(http.MethodPost, path, encode(envelope(startRequest(recorder.ModeMix))))
			Expect(got).To(refuse(http.StatusBadRequest, 432))
		})

		DescribeTable("refuses a mode that its scene is not for", func(scene int, mode string) {
			got := s.start(s.acquired(members{"scene": scene}), mode, startRequest(mode))
			Expect(got).To(refuse(http.StatusBadRequest, 432))
			Expect(got.text("reason")).To(Equal("webResource is not allowed for this scene!"))
		},
			Entry("web in scene 0", 0, recorder.ModeWeb),
			Entry("web in scene 2", 2, recorder.ModeWeb),
			Entry("mix in scene 1", 1, recorder.ModeMix),
			Entry("individual in scene 1", 1, recorder.ModeIndividual),
		)

		It("takes what acquire announced as startParameter", func() {
			request := startRequest(recorder.ModeMix)
			Expect(s.start(s.acquired(members{"startParameter": request}), recorder.ModeMix, request).Status).To(Equal(http.StatusOK))
		})

		It("refuses something else than acquire announced", func() {
			announced := startRequest(recorder.ModeMix)
			announced["recordingConfig"] = members{"channelType": 0}
			got := start(s.acquired(members{"startParameter": announced}))
			Expect(got).To(refuse(http.StatusBadRequest, 2))
			Expect(got.text("reason")).To(Equal("request_hash mismatch!"))
		})

		It("leaves it usable after a refusal", func() {
			resourceID := s.acquired(members{})
			Expect(s.start(resourceID, recorder.ModeMix, members{})).To(refuse(http.StatusBadRequest, 2))
			Expect(start(resourceID).Status).To(Equal(http.StatusOK))
		})
	})

	Describe("of a task that runs already", func() {
		It("answers 400 with code 53", func() {
			s := newService()
			s.started(recorder.ModeMix)
			got := s.start(s.acquired(members{}), recorder.ModeMix, startRequest(recorder.ModeMix))
			Expect(got).To(refuse(http.StatusBadRequest, 53))
			Expect(got.text("reason")).To(Equal("task conflict"))
			Expect(s.Recordings()).To(HaveLen(1))
		})

		It("finds one that was added too", func() {
			s := newService()
			s.running()
			got := s.start(s.acquired(members{}), recorder.ModeMix, startRequest(recorder.ModeMix))
			Expect(got).To(refuse(http.StatusBadRequest, 53))
		})

		It("begins anew once that has ended", func() {
			s := newService()
			first := s.running()
			Expect(s.stopAsync(first).Status).To(Equal(http.StatusOK))
			second := s.started(recorder.ModeMix)
			Expect(second.SID).NotTo(Equal(first.SID))
			Expect(second.ResourceID).NotTo(Equal(first.ResourceID))
		})

		DescribeTable("is none with another", func(change func(*agorasim.RecordingOptions)) {
			s := newService()
			s.running(change)
			s.started(recorder.ModeMix)
		},
			Entry("App ID", func(o *agorasim.RecordingOptions) { o.AppID = "other" }),
			Entry("cname", func(o *agorasim.RecordingOptions) { o.CName = "other" }),
			Entry("uid", func(o *agorasim.RecordingOptions) { o.UID = "7" }),
		)
	})

	refused := func(mode string, change func(request members)) {
		GinkgoHelper()
		s := newService()
		request := startRequest(mode)
		change(request)
		Expect(s.start(s.acquired(acquireRequest(mode)), mode, request)).To(refuse(http.StatusBadRequest, 2))
		Expect(s.Recordings()).To(BeEmpty())
	}

	DescribeTable("needs of its storage", func(key string, wrong any) {
		refused(recorder.ModeMix, func(request members) { object(request, "storageConfig")[key] = wrong })
		refused(recorder.ModeMix, func(request members) { delete(object(request, "storageConfig"), key) })
	},
		Entry("the vendor", "vendor", "1"),
		Entry("the region", "region", -1),
		Entry("the bucket", "bucket", ""),
		Entry("the access key", "accessKey", 1),
		Entry("the secret key", "secretKey", nil),
	)

	DescribeTable("refuses a prefix of file names", func(prefix any) {
		refused(recorder.ModeMix, func(request members) { object(request, "storageConfig")["fileNamePrefix"] = prefix })
	},
		Entry("that is a text", "rec"),
		Entry("that is null", nil),
		Entry("of numbers", []int{1}),
		Entry("with an empty element", []string{"rec", ""}),
		Entry("with a slash", []string{"rec/room1"}),
		Entry("with another character", []string{"room_1"}),
		Entry("of 129 characters with its slashes", []string{strings.Repeat("a", 64), strings.Repeat("b", 64)}),
	)

	It("takes a prefix of 128 characters", func() {
		newService().started(recorder.ModeMix, func(request members) {
			object(request, "storageConfig")["fileNamePrefix"] = []string{strings.Repeat("a", 64), strings.Repeat("b", 63)}
		})
	})

	DescribeTable("refuses", func(mode, key string, value any) {
		refused(mode, func(request members) {
			if value == nil {
				delete(request, key)
				return
			}
			request[key] = value
		})
	},
		Entry("no storage", recorder.ModeMix, "storageConfig", nil),
		Entry("storage that is a list", recorder.ModeMix, "storageConfig", []any{}),
		Entry("no recordingConfig in mode mix", recorder.ModeMix, "recordingConfig", nil),
		Entry("no recordingConfig in mode individual", recorder.ModeIndividual, "recordingConfig", nil),
		Entry("a maxIdleTime of 4 s", recorder.ModeMix, "recordingConfig", members{"maxIdleTime": 4}),
		Entry("a maxIdleTime beyond 30 days", recorder.ModeMix, "recordingConfig", members{"maxIdleTime": 2592001}),
		Entry("a maxIdleTime in a text", recorder.ModeMix, "recordingConfig", members{"maxIdleTime": "30"}),
		Entry("a maxIdleTime with a fraction", recorder.ModeMix, "recordingConfig", members{"maxIdleTime": 5.5}),
		Entry("a file configuration that is a list", recorder.ModeMix, "recordingFileConfig", []any{}),
		Entry("mp4 alone", recorder.ModeMix, "recordingFileConfig", members{"avFileType": []string{"mp4"}}),
		Entry("no type of file", recorder.ModeMix, "recordingFileConfig", members{"avFileType": []string{}}),
		Entry("an unknown type of file", recorder.ModeMix, "recordingFileConfig", members{"avFileType": []string{"hls", "avi"}}),
		Entry("a type of file in capitals", recorder.ModeMix, "recordingFileConfig", members{"avFileType": []string{"HLS"}}),
		Entry("types of file in a text", recorder.ModeMix, "recordingFileConfig", members{"avFileType": "hls"}),
		Entry("types of file that are null", recorder.ModeMix, "recordingFileConfig", members{"avFileType": nil}),
		Entry("mp4 in mode individual", recorder.ModeIndividual, "recordingFileConfig", members{"avFileType": []string{"hls", "mp4"}}),
		Entry("mp4 alone in mode web", recorder.ModeWeb, "recordingFileConfig", members{"avFileType": []string{"mp4"}}),
		Entry("screenshots without a type of file", recorder.ModeIndividual, "snapshotConfig", members{}),
		Entry("screenshots that are no jpg", recorder.ModeIndividual, "snapshotConfig", members{"fileType": []string{"png"}}),
		Entry("screenshots every 4 s", recorder.ModeIndividual, "snapshotConfig",
			members{"fileType": []string{"jpg"}, "captureInterval": 4}),
		Entry("no web service", recorder.ModeWeb, "extensionServiceConfig", nil),
		Entry("another web service", recorder.ModeWeb, "extensionServiceConfig",
			members{"extensionServices": []any{members{"serviceName": "rtmp_publish_service"}}}),
		Entry("a web service without parameters", recorder.ModeWeb, "extensionServiceConfig",
			members{"extensionServices": []any{members{"serviceName": "web_recorder_service"}}}),
		Entry("two web services", recorder.ModeWeb, "extensionServiceConfig", members{"extensionServices": []any{
			members{"serviceName": "web_recorder_service", "serviceParam": members{}},
			members{"serviceName": "web_recorder_service", "serviceParam": members{}},
		}}),
		Entry("web services that are an object", recorder.ModeWeb, "extensionServiceConfig", members{"extensionServices": members{}}),
	)

	DescribeTable("needs of a web service", func(key string, wrong ...any) {
		refused(recorder.ModeWeb, func(request members) { delete(webParameters(request), key) })
		for _, value := range wrong {
			refused(recorder.ModeWeb, func(request members) { webParameters(request)[key] = value })
		}
	},
		Entry("the page", "url", "", 7, nil),
		Entry("the longest duration, 1 to 720 hours", "maxRecordingHour", 0, 721, "3", 1.5, nil),
		Entry("the audio profile, 0 to 2", "audioProfile", -1, 3, "0", nil),
		Entry("the width, 240 to 1920", "videoWidth", 239, 1921, "1280", nil),
		Entry("the height, 240 to 1920", "videoHeight", 239, 1921, nil),
	)
})
