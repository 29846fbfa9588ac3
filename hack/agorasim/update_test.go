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

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const rtmpURL, otherRTMPURL = "rtmp://live.example.com/app/stream-key", "rtmps://other.example.com/app/other-key"

var _ = Describe("update", func() {
	var s *service
	BeforeEach(func() { s = newService() })

	It("answers cname, uid, resource ID and sid", func() {
		r := s.running()
		got := s.update(r, subscribeTo([]string{"7"}, []string{"7"}))
		Expect(got.Status).To(Equal(http.StatusOK))
		Expect(got.Body).To(MatchJSON("{" + identity(r) + "}"))
	})

	Describe("of the subscription", func() {
		subscription := func(matcher OmegaMatcher) OmegaMatcher { return HaveField("Configuration.Subscription", matcher) }

		It("replaces what start asked for", func() {
			r := s.started(recorder.ModeMix, func(request members) {
				request["recordingConfig"] = members{"channelType": 1, "subscribeAudioUids": []string{"1"}, "unsubscribeVideoUids": []string{"2"}}
			})
			Expect(r).To(subscription(Equal(recorder.Subscription{
				Audio: recorder.StreamSelection{Subscribed: []string{"1"}}, Video: recorder.StreamSelection{Unsubscribed: []string{"2"}},
			})))
			Expect(s.updated(r, members{"streamSubscribe": members{
				"audioUidList": members{"unsubscribeAudioUids": []string{"3"}}, "videoUidList": members{"unSubscribeVideoUids": []string{"4", "5"}},
			}})).To(subscription(Equal(recorder.Subscription{
				Audio: recorder.StreamSelection{Unsubscribed: []string{"3"}}, Video: recorder.StreamSelection{Unsubscribed: []string{"4", "5"}},
			})))
		})

		It("replaces it as a whole, so that a list for a medium alone switches the other off", func() {
			r := s.running(withMode(recorder.ModeIndividual))
			Expect(s.updated(r, subscribeTo([]string{"1"}, []string{"2"})).Updates).To(HaveField("StreamSubscribe", 1))
			Expect(s.updated(r, members{"streamSubscribe": members{"videoUidList": members{"subscribeVideoUids": []string{"3"}}}})).To(SatisfyAll(
				subscription(Equal(recorder.Subscription{
					Audio: recorder.StreamSelection{Off: true}, Video: recorder.StreamSelection{Subscribed: []string{"3"}},
				})), HaveField("Updates", HaveField("StreamSubscribe", 2))))
		})

		It("can be of everybody again", func() {
			r := s.running()
			s.updated(r, subscribeTo([]string{"1"}, []string{"2"}))
			Expect(s.updated(r, subscribeTo([]string{"#allstream#"}, []string{"#allstream#"}))).To(subscription(BeZero()))
		})

		It("takes 32 users", func() {
			Expect(s.updated(s.running(), subscribeTo(numbered(32), numbered(32)))).To(
				subscription(HaveField("Audio.Subscribed", HaveLen(32))))
		})

		list := func(key string, value any) members {
			return members{"audioUidList": members{key: value}}
		}
		DescribeTable("refuses", func(stream any) {
			r := s.running()
			Expect(s.update(r, members{"streamSubscribe": stream})).To(refuse(http.StatusBadRequest, 2))
			Expect(s.now(r)).To(SatisfyAll(subscription(BeZero()), HaveField("Updates.StreamSubscribe", 0), HaveField("Updates.Requests", 1)))
		},
			Entry("null", nil),
			Entry("a list", []any{}),
			Entry("no list", members{}),
			Entry("a list that is a list of users", members{"audioUidList": []string{"1"}}),
			Entry("a list without a list", members{"audioUidList": members{}}),
			Entry("an empty list", list("subscribeAudioUids", []string{})),
			Entry("a list of an empty user ID", list("subscribeAudioUids", []string{""})),
			Entry("33 users", list("subscribeAudioUids", numbered(33))),
			Entry("users that are numbers", list("subscribeAudioUids", []int{1})),
			Entry("users that are none", list("subscribeAudioUids", []string{"anna"})),
			Entry("everybody and another", list("subscribeAudioUids", []string{"#allstream#", "1"})),
			Entry("nobody", list("unsubscribeAudioUids", []string{"#allstream#"})),
			Entry("both lists", members{"audioUidList": members{"subscribeAudioUids": []string{"1"}, "unsubscribeAudioUids": []string{"2"}}}),
			Entry("both spellings", members{"audioUidList": members{"unSubscribeAudioUids": []string{"1"}, "unsubscribeAudioUids": []string{"2"}}}),
			Entry("the list of another medium", list("subscribeVideoUids", []string{"1"})),
		)

		It("is not for web pages", func() {
			Expect(s.update(s.running(withMode(recorder.ModeWeb)), subscribeTo([]string{"1"}, []string{"1"}))).To(refuse(http.StatusBadRequest, 2))
		})
	})

	Describe("of the URL to push to", func() {
		It("replaces it", func() {
			r := s.started(recorder.ModeWeb, pushed(rtmpURL))
			status := func(url, status string) OmegaMatcher {
				return HaveKeyWithValue("outputs", ConsistOf(Equal(members{"rtmpUrl": url, "status": status})))
			}
			Expect(s.query(r).service("rtmp_publish_service")).To(SatisfyAll(HaveKeyWithValue("state", "init"), status(rtmpURL, "connecting")))
			s.clock.Step(time.Minute)
			Expect(s.query(r).service("rtmp_publish_service")).To(SatisfyAll(HaveKeyWithValue("state", "inProgress"), status(rtmpURL, "publishing")))
			Expect(s.updated(r, members{"rtmpPublishConfig": pushTo(otherRTMPURL)})).To(SatisfyAll(
				HaveField("Configuration.Outputs", ConsistOf(HaveField("RTMPURL", otherRTMPURL))), HaveField("Updates.RTMPPublishConfig", 1)))
			Expect(s.query(r).service("rtmp_publish_service")).To(status(otherRTMPURL, "publishing"))
			s.updated(r, onhold(true))
			Expect(s.query(r).service("rtmp_publish_service")).To(status(otherRTMPURL, "onhold"))
			s.stopAsync(r)
			Expect(s.query(r).service("rtmp_publish_service")).To(SatisfyAll(HaveKeyWithValue("state", "exit"), status(otherRTMPURL, "disconnected")))
		})

		DescribeTable("refuses", func(config any) {
			r := s.started(recorder.ModeWeb, pushed(rtmpURL))
			Expect(s.update(r, members{"rtmpPublishConfig": config})).To(refuse(http.StatusBadRequest, 2))
			Expect(s.now(r).Configuration).To(Equal(r.Configuration))
		},
			Entry("null", nil),
			Entry("no outputs", members{}),
			Entry("none", pushTo()),
			Entry("two", pushTo(rtmpURL, otherRTMPURL)),
			Entry("one without a URL", members{"outputs": []any{members{}}}),
			Entry("one that is null", members{"outputs": []any{nil}}),
			Entry("another protocol", pushTo("https://live.example.com/app/stream-key")),
			Entry("a URL that is none", pushTo("live.example.com")),
		)

		DescribeTable("is for pages that are pushed alone", func(mode string) {
			Expect(s.update(s.running(withMode(mode)), members{"rtmpPublishConfig": pushTo(rtmpURL)})).To(refuse(http.StatusBadRequest, 2))
		},
			Entry("not in mode mix", recorder.ModeMix),
			Entry("not in mode individual", recorder.ModeIndividual),
			Entry("not in mode web without the service", recorder.ModeWeb),
		)
	})

	Describe("of the storage", func() {
		DescribeTable("replaces it", func(mode string) {
			r := s.started(mode)
			s.clock.Step(time.Hour)
			fresh := storage()
			fresh["accessKey"], fresh["secretKey"], fresh["stsToken"], fresh["stsExpiration"] = "k2", "s2", "t2", 1777870000
			updated := s.updated(r, members{"storageConfig": fresh})
			Expect(updated.Updates).To(HaveField("StorageConfig", 1))
			Expect(updated.Configuration.Storage).To(Equal(recorder.StorageConfig{
				Vendor: 1, Region: 0, Bucket: "b", FileNamePrefix: []string{"rec", "room1"},
				AccessKey: "k2", SecretKey: "s2", STSToken: "t2", Temporary: true, STSExpiration: 1777870000,
				ReceivedAt: beginning.Add(time.Hour),
			}))
		},
			Entry("in mode individual", recorder.ModeIndividual),
			Entry("in mode mix", recorder.ModeMix),
			Entry("in mode web", recorder.ModeWeb),
		)

		DescribeTable("needs all of it again", func(key string) {
			r := s.started(recorder.ModeMix)
			incomplete := storage()
			delete(incomplete, key)
			Expect(s.update(r, members{"storageConfig": incomplete})).To(refuse(http.StatusBadRequest, 2))
			Expect(s.now(r).Configuration).To(Equal(r.Configuration))
		},
			Entry("the vendor", "vendor"),
			Entry("the region", "region"),
			Entry("the bucket", "bucket"),
			Entry("the access key", "accessKey"),
			Entry("the secret key", "secretKey"),
		)

		DescribeTable("refuses", func(key string, value any) {
			wrong := storage()
			wrong["stsToken"] = "t"
			wrong[key] = value
			Expect(s.update(s.running(), members{"storageConfig": wrong})).To(refuse(http.StatusBadRequest, 2))
		},
			Entry("an STS token of a vendor without them", "vendor", 6),
			Entry("an STS token that is a number", "stsToken", 7),
			Entry("an expiration in a text", "stsExpiration", "1777870000"),
			Entry("an expiration in the past of all", "stsExpiration", -1),
		)
	})

	It("makes several changes at once, or none", func() {
		r := s.started(recorder.ModeMix)
		request := subscribeTo([]string{"1"}, []string{"2"})
		request["storageConfig"] = members{}
		Expect(s.update(r, request)).To(refuse(http.StatusBadRequest, 2))
		Expect(s.now(r).Configuration).To(Equal(r.Configuration))
		request["storageConfig"] = storage()
		Expect(s.updated(r, request).Updates).To(SatisfyAll(
			HaveField("Requests", 2), HaveField("StreamSubscribe", 1), HaveField("StorageConfig", 1)))
	})

	DescribeTable("refuses", func(request any) {
		Expect(s.update(s.running(), request)).To(refuse(http.StatusBadRequest, 2))
	},
		Entry("no change", members{}),
		Entry("no clientRequest", nil),
		Entry("unknown changes", members{"maxIdleTime": 30}),
		Entry("a change in the wrong letter case", members{"StorageConfig": storage()}),
		Entry("a layout", members{"mixedVideoLayout": 1}),
	)

	It("tells of what was refused why", func() {
		Expect(s.update(s.running(), members{}).text("reason")).To(ContainSubstring("streamSubscribe"))
	})
})

var _ = DescribeTableSubtree("A change by", func(method string, request any) {
	var s *service
	BeforeEach(func() { s = newService() })
	send := func(r agorasim.Recording) answer {
		GinkgoHelper()
		return s.call(http.MethodPost, changePath(r, method), changeBody(r, request))
	}
	requests := func(r agorasim.Recording) int {
		updates := s.now(r).Updates
		return updates.Requests + updates.LayoutRequests
	}

	It("is refused with code 432 for another cname or uid", func() {
		r := s.running()
		for _, change := range []func(*agorasim.Recording){
			func(r *agorasim.Recording) { r.CName = "other" }, func(r *agorasim.Recording) { r.UID = "7" },
		} {
			asked := r
			change(&asked)
			Expect(send(asked)).To(refuse(http.StatusBadRequest, 432))
		}
		Expect(requests(r)).To(Equal(2))
	})

	It("is refused with code 1001 for a resource ID that is cut off", func() {
		r := s.running()
		r.ResourceID = r.ResourceID[:90]
		Expect(send(r)).To(refuse(http.StatusBadRequest, 1001))
	})

	It("is refused with code 1003 for the sid of another recording", func() {
		other := s.running(func(o *agorasim.RecordingOptions) { o.CName = "other" })
		r := s.running()
		r.SID = other.SID
		Expect(send(r)).To(refuse(http.StatusBadRequest, 1003))
	})

	It("is refused with code 1003 for another App ID", func() {
		r := s.running()
		path := strings.Replace(changePath(r, method), "/app/", "/other/", 1)
		Expect(s.call(http.MethodPost, path, changeBody(r, request))).To(refuse(http.StatusBadRequest, 1003))
	})

	It("is refused without authentication", func() {
		r := s.running()
		got := s.call(http.MethodPost, changePath(r, method), changeBody(r, request), func(r *http.Request) { r.Header.Del("Authorization") })
		Expect(got.Status).To(Equal(http.StatusUnauthorized))
		Expect(requests(r)).To(Equal(1))
	})

	It("counts against the limit of requests", func() {
		s.SetRequestsPerSecond(customerID, 1)
		r := s.running()
		Expect(send(r).Status).To(Equal(http.StatusOK))
		Expect(send(r).Status).To(Equal(http.StatusTooManyRequests))
	})

	It("is refused with code 2 without a clientRequest", func() {
		r := s.running()
		body := fmt.Sprintf(`{"cname":%q,"uid":%q}`, r.CName, r.UID)
		Expect(s.call(http.MethodPost, changePath(r, method), body)).To(refuse(http.StatusBadRequest, 2))
	})

	It("finds no recorder while that is moved, and no other in its place", func() {
		r := s.running()
		Expect(s.LoseWorker(r.SID, migration)).To(Succeed())
		Expect(send(r)).To(beNotFound())
		s.clock.Step(migration)
		Expect(send(r).Status).To(Equal(http.StatusOK))
	})

	It("finds no recorder that has exited", func() {
		r := s.running()
		Expect(s.Exit(r.SID)).To(Succeed())
		Expect(send(r)).To(beNotFound())
	})

	It("is refused with code 501 by a recorder that is exiting, whatever a fault would answer", func() {
		r := s.running()
		s.stopAsync(r)
		s.addFault(faults.Fault{Effect: faults.EffectAnswerAfterActing, Status: http.StatusOK, Body: "{}"})
		Expect(send(r)).To(refuse(http.StatusInternalServerError, 501))
		s.clock.Step(uploadDuration + exitAfter)
		Expect(send(r)).To(beNotFound())
	})

	It("is refused past the control window, while the recording goes on", func() {
		r := s.running(func(o *agorasim.RecordingOptions) { o.ControlWindow = &metav1.Duration{Duration: time.Hour} })
		s.clock.Step(time.Hour)
		Expect(send(r).Status).To(Equal(http.StatusOK))
		s.clock.Step(time.Nanosecond)
		Expect(send(r)).To(refuse(http.StatusBadRequest, 433))
		Expect(s.now(r).Running).To(BeTrue())
	})

	Describe("that a fault strikes", func() {
		took := func(r agorasim.Recording) bool {
			GinkgoHelper()
			updates := s.now(r).Updates
			return updates.StreamSubscribe+updates.Layout > 0
		}

		It("may be answered 206 with code 65, without effect", func() {
			r := s.running()
			s.addFault(faults.Fault{
				Method: method, Times: 1, Effect: faults.EffectAnswer, Status: http.StatusPartialContent,
				Body: `{"code":65,"reason":"request not completed"}`, ContentType: "application/json",
			})
			Expect(send(r)).To(refuse(http.StatusPartialContent, 65))
			Expect(took(r)).To(BeFalse())
			Expect(send(r).Status).To(Equal(http.StatusOK))
		})

		It("may take effect and have no reply", func() {
			r := s.running()
			s.addFault(faults.Fault{Method: method, SID: r.SID, Times: 1, Effect: faults.EffectDropAfterActing})
			Expect(s.attempt(http.MethodPost, changePath(r, method), changeBody(r, request)).Err).To(HaveOccurred())
			Expect(took(r)).To(BeTrue())
			Expect(send(r).Status).To(Equal(http.StatusOK))
		})

		It("may wait", func() {
			r := s.running()
			s.addFault(faults.Fault{Method: method, CName: cname, Times: 1, DelayBeforeActing: metav1.Duration{Duration: time.Second}})
			body := changeBody(r, request)
			answers := begin(func() answer { return s.attempt(http.MethodPost, changePath(r, method), body) })
			s.awaitWaiting(1)
			Expect(took(r)).To(BeFalse())
			s.clock.Step(time.Second)
			Expect(await(answers).Status).To(Equal(http.StatusOK))
			Expect(took(r)).To(BeTrue())
		})
	})
},
	Entry("update", faults.MethodUpdate, subscribeTo([]string{"1"}, []string{"1"})),
	Entry("updateLayout", faults.MethodUpdateLayout, members{"mixedVideoLayout": 1}),
)
