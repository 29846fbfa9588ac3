// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// merged changes members of an object in a request.
func merged(name string, changes members) func(members) {
	return func(request members) {
		inner, ok := request[name].(members)
		if !ok {
			inner = members{}
			request[name] = inner
		}
		for key, value := range changes {
			inner[key] = value
		}
	}
}

func recordingConfig(changes members) func(members) { return merged("recordingConfig", changes) }

func storageConfig(changes members) func(members) { return merged("storageConfig", changes) }

func vendor(vendor, region int) func(members) {
	return storageConfig(members{"vendor": vendor, "region": region, "extensionParams": members{"endpoint": "s3.example.com"}})
}

// page changes parameters of the web page.
func page(changes members) func(members) {
	return func(request members) {
		for key, value := range changes {
			webParameters(request)[key] = value
		}
	}
}

// policies sets the error policies of all services and of each.
func policies(all, recorder, publisher any) func(members) {
	return func(request members) {
		pushed("rtmp://live.example.com/app/key")(request)
		config := object(request, "extensionServiceConfig")
		config["errorHandlePolicy"] = all
		services, ok := config["extensionServices"].([]any)
		Expect(ok).To(BeTrue())
		for i, policy := range []any{recorder, publisher} {
			service, ok := services[i].(members)
			Expect(ok).To(BeTrue())
			service["errorHandlePolicy"] = policy
		}
	}
}

func screenshots(recording members) func(members) {
	return func(request members) {
		request["snapshotConfig"] = members{"fileType": []string{"jpg"}}
		recordingConfig(recording)(request)
	}
}

var _ = Describe("A member of a start", func() {
	salt := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 32)))
	const mix, individual, web = recorder.ModeMix, recorder.ModeIndividual, recorder.ModeWeb

	DescribeTable("is refused with code 2", func(mode, reason string, change func(members)) {
		s := newService()
		request := startRequest(mode)
		change(request)
		got := s.start(s.acquired(acquireRequest(mode)), mode, request)
		Expect(got).To(refuse(http.StatusBadRequest, 2))
		Expect(got.text("reason")).To(ContainSubstring(reason))
		Expect(s.Recordings()).To(BeEmpty())
	},
		Entry("token", mix, "token", func(request members) { request["token"] = 1 }),
		Entry("channelType, left out", mix, "channelType", func(request members) { delete(object(request, "recordingConfig"), "channelType") }),
		Entry("channelType", mix, "channelType", recordingConfig(members{"channelType": 2})),
		Entry("streamTypes", mix, "streamTypes", recordingConfig(members{"streamTypes": 3})),
		Entry("streamMode", individual, "streamMode", recordingConfig(members{"streamMode": "merged"})),
		Entry("videoStreamType", mix, "videoStreamType", recordingConfig(members{"videoStreamType": 2})),
		Entry("decryptionMode", mix, "decryptionMode", recordingConfig(members{"decryptionMode": 9, "secret": "s"})),
		Entry("decryptionMode without secret", mix, "secret is required", recordingConfig(members{"decryptionMode": 1})),
		Entry("decryptionMode with an empty secret", mix, "secret is required", recordingConfig(members{"decryptionMode": 5, "secret": ""})),
		Entry("decryptionMode 7 without salt", mix, "salt is required", recordingConfig(members{"decryptionMode": 7, "secret": "s"})),
		Entry("decryptionMode 8 with a short salt", individual, "salt is required", recordingConfig(members{"decryptionMode": 8, "secret": "s", "salt": "c2FsdA=="})),
		Entry("decryptionMode 8 with a salt that is no Base64", individual, "salt is required", recordingConfig(members{"decryptionMode": 8, "secret": "s", "salt": strings.Repeat("!", 44)})),
		Entry("audioProfile", mix, "audioProfile", recordingConfig(members{"audioProfile": 3})),
		Entry("subscribeUidGroup", individual, "subscribeUidGroup", recordingConfig(members{"subscribeUidGroup": 6})),
		Entry("privateParams", mix, "privateParams", recordingConfig(members{"privateParams": members{}})),
		Entry("extensionParams", mix, "extensionParams", recordingConfig(members{"extensionParams": "{}"})),
		Entry("enableNTPtimestamp", mix, "extensionParams", recordingConfig(members{"extensionParams": members{"enableNTPtimestamp": "true"}})),
		Entry("snapshotConfig without video", individual, "needs video", screenshots(members{"streamTypes": 0})),
		Entry("snapshotConfig with a list for audio alone", individual, "needs video", screenshots(members{"subscribeAudioUids": []string{"1"}})),
		Entry("combinationPolicy", individual, "appsCollection", merged("appsCollection", members{"combinationPolicy": "other"})),
		Entry("combinationPolicy without scene 2", individual, "scene 2", merged("appsCollection", members{"combinationPolicy": "postpone_transcoding"})),
		Entry("a vendor of before", mix, "vendor", vendor(0, 0)),
		Entry("another vendor of before", mix, "vendor", vendor(4, 0)),
		Entry("an unknown vendor", mix, "vendor", vendor(9, 0)),
		Entry("a region that Amazon has not", mix, "region", vendor(1, 26)),
		Entry("a region beyond Amazon's", mix, "region", vendor(1, 29)),
		Entry("a region beyond Alibaba's", mix, "region", vendor(2, 28)),
		Entry("a region beyond Tencent's", mix, "region", vendor(3, 20)),
		Entry("a region beyond Huawei's", mix, "region", vendor(7, 16)),
		Entry("a region beyond Baidu's", mix, "region", vendor(8, 8)),
		Entry("vendor 11 without extensionParams", mix, "extensionParams", storageConfig(members{"vendor": 11})),
		Entry("vendor 11 without an endpoint", mix, "endpoint", storageConfig(members{"vendor": 11, "extensionParams": members{"endpoint": ""}})),
		Entry("extensionParams that are null", mix, "extensionParams", storageConfig(members{"extensionParams": nil})),
		Entry("sse", mix, "sse", storageConfig(members{"extensionParams": members{"sse": "aes128"}})),
		Entry("sse of another vendor", mix, "sse", storageConfig(members{"vendor": 2, "extensionParams": members{"sse": "kms"}})),
		Entry("tag of another vendor", mix, "tag", storageConfig(members{"vendor": 3, "extensionParams": members{"tag": "a"}})),
		Entry("a page with too many pixels", web, "1920 times 1080", page(members{"videoWidth": 1920, "videoHeight": 1920})),
		Entry("videoBitrate", web, "videoBitrate", page(members{"videoBitrate": 49})),
		Entry("videoFps", web, "videoFps", page(members{"videoFps": 61})),
		Entry("mobile", web, "mobile", page(members{"mobile": 1})),
		Entry("maxVideoDuration", web, "maxVideoDuration", page(members{"maxVideoDuration": 29})),
		Entry("readyTimeout", web, "readyTimeout", page(members{"readyTimeout": 61})),
		Entry("onhold", web, "onhold", page(members{"onhold": "true"})),
		Entry("errorHandlePolicy", web, "errorHandlePolicy", policies("error_ignore", "error_abort", "error_ignore")),
		Entry("errorHandlePolicy of a page", web, "web_recorder_service", policies("error_abort", "error_ignore", "error_ignore")),
		Entry("errorHandlePolicy of a push", web, "rtmp_publish_service", policies("error_abort", "error_abort", "error_abort")),
	)

	DescribeTable("is accepted", func(mode string, change func(members)) {
		Expect(newService().started(mode, change).StartFailure).To(BeEmpty())
	},
		Entry("streamMode in mode mix, as in a sample", mix, recordingConfig(members{"streamMode": "default"})),
		Entry("streamMode original", individual, recordingConfig(members{"streamMode": "original", "streamTypes": 0})),
		Entry("decryptionMode with secret", mix, recordingConfig(members{"decryptionMode": 6, "secret": "s"})),
		Entry("decryptionMode with secret and salt", individual, recordingConfig(members{"decryptionMode": 7, "secret": "s", "salt": salt})),
		Entry("audioProfile", mix, recordingConfig(members{"audioProfile": 2})),
		Entry("subscribeUidGroup in mode mix, as in a sample", mix, recordingConfig(members{"subscribeUidGroup": 0})),
		Entry("enableNTPtimestamp", mix, recordingConfig(members{"extensionParams": members{"enableNTPtimestamp": true}})),
		Entry("an empty list beside the other one", mix, recordingConfig(members{"subscribeAudioUids": []string{"1"}, "unsubscribeAudioUids": []string{}})),
		Entry("snapshotConfig with lists for both media", individual, screenshots(members{"subscribeAudioUids": []string{"1"}, "subscribeVideoUids": []string{"1"}})),
		Entry("maxResolutionUid in another layout", mix, recordingConfig(members{"transcodingConfig": members{"mixedVideoLayout": 1, "maxResolutionUid": "1"}})),
		Entry("a region of a vendor without regions", mix, vendor(6, 3)),
		Entry("vendor 11 with an endpoint", mix, vendor(11, 0)),
		Entry("the last region of Amazon", mix, vendor(1, 28)),
		Entry("sse and tag", mix, storageConfig(members{"extensionParams": members{"sse": "kms", "tag": "a"}})),
		Entry("empty sse and tag, as Agora's client sends them", mix, storageConfig(members{"vendor": 3, "extensionParams": members{"sse": "", "tag": ""}})),
		Entry("all members of a page", web, page(members{"videoBitrate": 50, "videoFps": 5, "mobile": true, "maxVideoDuration": 240, "readyTimeout": 60, "onhold": true})),
		Entry("policies that Agora knows", web, policies("error_abort", "error_abort", "error_ignore")),
		Entry("a token of a page, as in a sample", web, func(request members) { request["token"] = "t" }),
		Entry("of clientRequest that there is not yet", mix, func(request members) { request["newConfig"] = members{"a": 1} }),
		Entry("of recordingConfig that there is not yet", mix, recordingConfig(members{"newMember": 1})),
		Entry("of storageConfig that there is not yet", mix, storageConfig(members{"newMember": "a", "extensionParams": members{"newMember": true}})),
		Entry("of a page that there is not yet", web, page(members{"newMember": []int{1}})),
		Entry("of extensionServiceConfig that there is not yet", web, merged("extensionServiceConfig", members{"newMember": 1})),
	)

	It("postpones transcoding with a resource for it", func() {
		s := newService()
		request := startRequest(individual)
		request["appsCollection"] = members{"combinationPolicy": "postpone_transcoding"}
		Expect(s.start(s.acquired(members{"scene": 2}), individual, request).Status).To(Equal(http.StatusOK))
	})

	It("keeps the recording in the region of acquire", func() {
		s := newService()
		got := s.start(s.acquired(members{"region": "EU"}), mix, startRequest(mix))
		recording, ok := s.Recording(got.text("sid"))
		Expect(ok).To(BeTrue())
		Expect(recording.Configuration.Region).To(Equal("EU"))
	})

	DescribeTable("fps falls back", func(fps any, want int) {
		r := newService().started(mix, recordingConfig(members{"transcodingConfig": members{"width": 1280, "height": 720, "bitrate": 2260, "fps": fps}}))
		Expect(r.StartFailure).To(BeEmpty())
		Expect(r.Configuration.VideoProfile).To(HaveValue(Equal(recorder.VideoProfile{Width: 1280, Height: 720, Bitrate: 2260, FPS: want})))
	},
		Entry("not from a supported number", 24, 24),
		Entry("from a number between", 25, 15),
		Entry("from a fraction", 29.97, 15),
		Entry("from zero", 0, 15),
		Entry("from a large one", 120, 15),
		Entry("from a negative one", -1, 15),
	)

	It("that lists users takes an empty user ID as absent", func() {
		r := newService().started(mix, recordingConfig(members{
			"subscribeAudioUids": []string{"", "7"}, "subscribeVideoUids": []string{""}, "unsubscribeVideoUids": []string{"8"},
		}))
		Expect(r.Configuration.Subscription).To(Equal(recorder.Subscription{
			Audio: recorder.StreamSelection{Subscribed: []string{"7"}}, Video: recorder.StreamSelection{Unsubscribed: []string{"8"}},
		}))
	})

	It("that lists users of a medium that is not recorded does not apply", func() {
		r := newService().started(mix, recordingConfig(members{"streamTypes": 0, "subscribeVideoUids": []string{"7"}}))
		Expect(r.Configuration.Subscription).To(Equal(recorder.Subscription{Video: recorder.StreamSelection{Off: true}}))
	})

	DescribeTable("streamTypes decides which files there are", func(streamTypes int, suffixes ...string) {
		s := newService()
		r := s.started(individual, recordingConfig(members{"streamTypes": streamTypes, "streamMode": "standard"}))
		s.clock.Step(time.Minute)
		var want []any
		for _, suffix := range suffixes {
			want = append(want, HaveSuffix(suffix))
		}
		Expect(s.now(r).Files).To(ConsistOf(want...))
	},
		Entry("of audio alone", 0, "_audio.m3u8"),
		Entry("of video alone", 1, "_video.m3u8"),
		Entry("of both", 2, "_audio.m3u8", "_video.m3u8", "_av.m3u8"),
	)
})
