// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("acquire", func() {
	It("answers cname, uid and a resource ID", func() {
		got := newService().acquire(members{})
		Expect(got.Status).To(Equal(http.StatusOK))
		Expect(got.decoded()).To(SatisfyAll(
			HaveLen(3), HaveKeyWithValue("cname", cname), HaveKeyWithValue("uid", uid),
			HaveKeyWithValue("resourceId", MatchRegexp(`^[A-Za-z0-9_-]{190,365}$`)),
		))
	})

	It("gives out another resource ID every time", func() {
		s := newService()
		Expect(s.acquired(members{})).NotTo(Equal(s.acquired(members{})))
	})

	It("records nothing by itself", func() {
		s := newService()
		s.acquired(members{})
		Expect(s.Recordings()).To(BeEmpty())
	})

	It("has no room for another recording while as many run as may", func() {
		s := newService(func(o *agorasim.Options) { o.MaxRecordings = 1 })
		first := s.started(recorder.ModeMix)
		Expect(s.acquire(members{"uid": "2"})).To(refuse(http.StatusBadRequest, 406))
		s.stop(first)
		Expect(s.acquire(members{"uid": "2"}).Status).To(Equal(http.StatusOK))
	})

	DescribeTable("reads its parameters",
		func(request string, accepted bool) {
			body := envelope(json.RawMessage(request))
			got := newService().call(http.MethodPost, basePath+"/acquire", encode(body))
			if accepted {
				Expect(got.Status).To(Equal(http.StatusOK))
				return
			}
			Expect(got).To(refuse(http.StatusBadRequest, 2))
		},
		Entry("an hour", `{"resourceExpiredHour":1}`, true),
		Entry("720 hours", `{"resourceExpiredHour":720}`, true),
		Entry("not 0 hours", `{"resourceExpiredHour":0}`, false),
		Entry("not 721 hours", `{"resourceExpiredHour":721}`, false),
		Entry("not half an hour", `{"resourceExpiredHour":1.5}`, false),
		Entry("not hours in a text", `{"resourceExpiredHour":"72"}`, false),
		Entry("not hours without a value", `{"resourceExpiredHour":null}`, false),
		Entry("not more hours than there are", `{"resourceExpiredHour":1e400}`, false),
		Entry("not hours beyond any integer", `{"resourceExpiredHour":1e300}`, false),
		Entry("real-time scene", `{"scene":0}`, true),
		Entry("web scene", `{"scene":1}`, true),
		Entry("postponed scene", `{"scene":2}`, true),
		Entry("no scene 3", `{"scene":3}`, false),
		Entry("no negative scene", `{"scene":-1}`, false),
		Entry("no scene in a text", `{"scene":"1"}`, false),
		Entry("no scene without a value", `{"scene":null}`, false),
		Entry("a region", `{"region":"CN"}`, true),
		Entry("a region that is left empty", `{"region":""}`, true),
		Entry("no unknown region", `{"region":"US"}`, false),
		Entry("no region in small letters", `{"region":"eu"}`, false),
		Entry("no region that is a number", `{"region":1}`, false),
		Entry("no region in the postponed scene", `{"scene":2,"region":"EU"}`, false),
		Entry("no empty region in the postponed scene", `{"scene":2,"region":""}`, false),
		Entry("a preferred region", `{"regionAffinity":4}`, true),
		Entry("no unknown preferred region", `{"regionAffinity":5}`, false),
		Entry("resources to avoid", `{"excludeResourceIds":["a","b"]}`, true),
		Entry("no resources to avoid in a text", `{"excludeResourceIds":"a"}`, false),
		Entry("a member that there is not yet", `{"newMember":{"a":1}}`, true),
		Entry("a startParameter that start would refuse", `{"startParameter":{"storageConfig":1}}`, true),
	)

	It("says which parameter is wrong", func() {
		got := newService().acquire(members{"resourceExpiredHour": 0})
		Expect(got.text("reason")).To(Equal("Acquire: invalid resourceExpiredHour value!"))
	})

	DescribeTable("takes as uid",
		func(uid string, accepted bool) {
			body := envelope(members{})
			body["uid"] = uid
			got := newService().call(http.MethodPost, basePath+"/acquire", encode(body))
			if accepted {
				Expect(got.Status).To(Equal(http.StatusOK))
				return
			}
			Expect(got).To(refuse(http.StatusBadRequest, 2))
		},
		Entry("1", "1", true),
		Entry("the largest", "4294967295", true),
		Entry("not 0", "0", false),
		Entry("not one too large", "4294967296", false),
		Entry("not a negative one", "-1", false),
		Entry("not a name", "alice", false),
		Entry("not a fraction", "1.5", false),
	)

	DescribeTable("takes as cname",
		func(cname string, request members, accepted bool) {
			body := envelope(request)
			body["cname"] = cname
			got := newService().call(http.MethodPost, basePath+"/acquire", encode(body))
			if accepted {
				Expect(got.Status).To(Equal(http.StatusOK))
				return
			}
			Expect(got).To(refuse(http.StatusBadRequest, 401))
			Expect(got.text("reason")).To(Equal("invalid_channel_name"))
		},
		Entry("all the characters of a channel", "aZ09 !#$%&()+-:;<=.>?@[]^_{}|~,", members{}, true),
		Entry("63 bytes", strings.Repeat("c", 63), members{}, true),
		Entry("not 64 bytes", strings.Repeat("c", 64), members{}, false),
		Entry("no letter with an accent", "é", members{}, false),
		Entry("no slash", "a/b", members{}, false),
		Entry("no quote", "a'b", members{}, false),
		Entry("no control character", "a\nb", members{}, false),
		Entry("any label of a web recording", "é/'", members{"scene": 1}, true),
		Entry("1024 bytes of a web recording", strings.Repeat("c", 1024), members{"scene": 1}, true),
		Entry("not 1025 bytes of a web recording", strings.Repeat("c", 1025), members{"scene": 1}, false),
	)

	It("answers code 62 for an App ID for which cloud recording is not enabled", func() {
		s := newService(func(o *agorasim.Options) { o.AppIDsWithoutRecording = []string{"another", appID} })
		got := s.acquire(members{})
		Expect(got).To(refuse(http.StatusBadRequest, 62))
		Expect(got.Body).To(MatchJSON(`{"code":62}`))
	})

	It("opens a control window of 72 hours if it names none", func() {
		s := newService()
		recording := s.started(recorder.ModeMix)
		s.clock.Step(72 * time.Hour)
		Expect(s.query(recording).Status).To(Equal(http.StatusOK))
		s.clock.Step(time.Nanosecond)
		Expect(s.query(recording)).To(refuse(http.StatusBadRequest, 433))
	})
})
