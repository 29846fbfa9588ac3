// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

func (a answer) into(value any) {
	GinkgoHelper()
	Expect(json.Unmarshal([]byte(a.Body), value)).To(Succeed(), a.Body)
}

var _ = Describe("The admin interface", func() {
	var s *service
	BeforeEach(func() { s = newService() })

	Describe("on recordings", func() {
		It("lists them", func() {
			Expect(s.admin(http.MethodGet, "/recordings", "").Body).To(MatchJSON(`[]`))
			r := s.running()
			got := s.admin(http.MethodGet, "/recordings", "")
			Expect(got.Status).To(Equal(http.StatusOK))
			Expect(got.Header.Get("Content-Type")).To(HavePrefix("application/json"))
			Expect(got.Body).To(MatchJSON(fmt.Sprintf(`[{"appId":"app","cname":"lesson","uid":"527841","mode":"mix",
				"resourceId":%q,"sid":%q,"serviceStatus":5,"running":true,"exited":false,"startedAt":"2026-05-04T02:52:01Z",
				"stopRequests":0,"stopsTaken":0,
				"configuration":{"layout":{"mixedVideoLayout":0,"backgroundColor":"#000000"},"videoProfile":{"width":360,"height":640,"fps":15,"bitrate":500}},"failovers":0,"files":[%q],"uploadingStatus":"uploaded"}]`,
				r.ResourceID, r.SID, r.SID+"_lesson.m3u8")))
		})

		It("shows one", func() {
			r := s.running()
			s.stopAsync(r)
			got := s.admin(http.MethodGet, "/recordings/"+r.SID, "")
			Expect(got.Status).To(Equal(http.StatusOK))
			Expect(got.decoded()).To(SatisfyAll(
				HaveKeyWithValue("running", false), HaveKeyWithValue("stopsTaken", 1.0),
				HaveKeyWithValue("stoppedAt", "2026-05-04T03:02:01Z")))
		})

		It("adds one, with all that it can have", func() {
			got := s.admin(http.MethodPost, "/recordings", `{"appId":"a","cname":"c","uid":"1","mode":"mix",
				"resourceId":"resource","sid":"sid","avFileType":["hls","mp4"],"snapshot":true,"fileNamePrefix":["p"],
				"publishers":["7"],"nothingRecorded":false,"uploadingStatus":"backuped","uploadDuration":"0s",
				"exitAfter":"1h","maxIdleTime":"10s","controlWindow":"2h"}`)
			Expect(got.Status).To(Equal(http.StatusCreated), got.Body)
			var r agorasim.Recording
			got.into(&r)
			Expect(s.now(r)).To(Equal(r))
			Expect(s.LeaveChannel("sid")).To(Succeed())
			s.clock.Step(10*time.Second + time.Hour - time.Nanosecond)
			Expect(s.now(r)).To(SatisfyAll(HaveField("ServiceStatus", 8), HaveField("Exited", false),
				HaveField("Files", []string{"p/sid_c.m3u8", "p/sid_c_0.mp4"})))
		})

		DescribeTable("refuses to add", func(body string) {
			got := s.admin(http.MethodPost, "/recordings", body)
			Expect(got.Status).To(Equal(http.StatusBadRequest))
			Expect(got.text("problem")).NotTo(BeEmpty())
			Expect(s.Recordings()).To(BeEmpty())
		},
			Entry("nothing", ``),
			Entry("null", `null`),
			Entry("a list", `[]`),
			Entry("one without identity", `{"cname":"c"}`),
			Entry("one with a number as duration", `{"appId":"a","cname":"c","uid":"1","mode":"mix","uploadDuration":5}`),
			Entry("one with a duration without a unit", `{"appId":"a","cname":"c","uid":"1","mode":"mix","uploadDuration":"5"}`),
		)

		It("ends one as an empty channel does", func() {
			r := s.running()
			got := s.admin(http.MethodPost, "/recordings/"+r.SID+"/idle-out", "")
			Expect(got.Status).To(Equal(http.StatusOK))
			Expect(got.decoded()).To(SatisfyAll(HaveKeyWithValue("running", false), HaveKeyWithValue("serviceStatus", 6.0)))
		})

		It("empties a channel, and lets users publish again", func() {
			r := s.running()
			Expect(s.admin(http.MethodPost, "/recordings/"+r.SID+"/leave-channel", "").Status).To(Equal(http.StatusOK))
			s.clock.Step(29 * time.Second)
			Expect(s.admin(http.MethodPost, "/recordings/"+r.SID+"/publish", `{"publishers":["7"]}`).Status).To(Equal(http.StatusOK))
			s.clock.Step(time.Hour)
			Expect(s.now(r).Running).To(BeTrue())
			Expect(s.admin(http.MethodPost, "/recordings/"+r.SID+"/leave-channel", "{}").Status).To(Equal(http.StatusOK))
			s.clock.Step(30 * time.Second)
			Expect(s.now(r).Running).To(BeFalse())
		})

		It("makes nobody have published", func() {
			r := s.running()
			got := s.admin(http.MethodPost, "/recordings/"+r.SID+"/publish", "")
			Expect(got.decoded()).To(HaveKeyWithValue("files", BeEmpty()))
		})

		It("ends one at once", func() {
			r := s.running()
			got := s.admin(http.MethodPost, "/recordings/"+r.SID+"/exit", "")
			Expect(got.decoded()).To(SatisfyAll(HaveKeyWithValue("running", false), HaveKeyWithValue("exited", true)))
		})

		DescribeTable("takes its worker away", func(body string, span time.Duration) {
			r := s.running()
			got := s.admin(http.MethodPost, "/recordings/"+r.SID+"/lose-worker", body)
			Expect(got.decoded()).To(SatisfyAll(HaveKeyWithValue("running", true), HaveKeyWithValue("failovers", 1.0)))
			s.clock.Step(span - time.Nanosecond)
			Expect(s.query(r)).To(beNotFound())
			s.clock.Step(time.Nanosecond)
			Expect(s.query(r).Status).To(Equal(http.StatusOK))
		},
			Entry("for as long as it says", `{"for":"10s"}`, 10*time.Second),
			Entry("for 90 seconds if it says nothing", ``, 90*time.Second),
		)

		It("ends one as an expired token does", func() {
			r := s.running()
			got := s.admin(http.MethodPost, "/recordings/"+r.SID+"/expire-token", "")
			Expect(got.decoded()).To(SatisfyAll(HaveKeyWithValue("running", false), HaveKeyWithValue("serviceStatus", 6.0)))
		})

		It("shows what is in force, without its secrets", func() {
			web := s.started(recorder.ModeWeb, pushed(rtmpURL))
			secrets := storage()
			secrets["accessKey"], secrets["secretKey"], secrets["stsToken"] = "hidden-access", "hidden-secret", "hidden-token"
			s.updated(web, members{"storageConfig": secrets})
			s.updated(web, onhold(true))
			got := s.admin(http.MethodGet, "/recordings/"+web.SID, "")
			Expect(got.decoded()).To(SatisfyAll(
				HaveKeyWithValue("configuration", SatisfyAll(
					HaveKeyWithValue("onhold", true),
					HaveKeyWithValue("outputs", ConsistOf(Equal(members{"host": "live.example.com"}))),
					HaveKeyWithValue("storage", SatisfyAll(HaveKeyWithValue("bucket", "b"), HaveKeyWithValue("temporary", true))))),
				HaveKeyWithValue("updates", SatisfyAll(HaveKeyWithValue("storageConfig", 1.0), HaveKeyWithValue("webRecordingConfig", 1.0)))))
			Expect(got.Body).NotTo(SatisfyAny(ContainSubstring("hidden"), ContainSubstring("stream-key")))
			Expect(s.admin(http.MethodGet, "/requests", "").Body).NotTo(SatisfyAny(ContainSubstring("hidden"), ContainSubstring("stream-key")))
		})

		It("answers 404 for an unknown one", func() {
			for verb, paths := range map[string][]string{
				http.MethodGet:  {"/recordings/none"},
				http.MethodPost: {"/recordings/none/idle-out", "/recordings/none/publish", "/recordings/none/lose-worker"},
			} {
				for _, path := range paths {
					got := s.admin(verb, path, "")
					Expect(got.Status).To(Equal(http.StatusNotFound), path)
					Expect(got.text("problem")).To(ContainSubstring("no recording has"))
				}
			}
		})
	})

	Describe("on faults", func() {
		const fault = `{"method":"stop","appId":"app","cname":"lesson","sid":"s","times":3,"effect":"answer",
			"delayBeforeActing":"1s","delayBeforeReply":"2m0s","status":500,"body":"{}","contentType":"text/plain"}`

		It("adds one, lists it, and removes it", func() {
			got := s.admin(http.MethodPost, "/faults", fault)
			Expect(got.Status).To(Equal(http.StatusCreated))
			id := got.text("id")
			Expect(got.Body).To(MatchJSON(strings.Replace(fault, "{", `{"id":"`+id+`",`, 1)))
			Expect(s.admin(http.MethodGet, "/faults", "").Body).To(MatchJSON("[" + got.Body + "]"))
			Expect(s.admin(http.MethodDelete, "/faults/"+id, "").Status).To(Equal(http.StatusNoContent))
			Expect(s.admin(http.MethodGet, "/faults", "").Body).To(MatchJSON(`[]`))
			Expect(s.admin(http.MethodDelete, "/faults/"+id, "").Status).To(Equal(http.StatusNotFound))
		})

		It("removes all", func() {
			s.addFault(faults.Fault{})
			s.addFault(faults.Fault{})
			Expect(s.admin(http.MethodDelete, "/faults", "").Status).To(Equal(http.StatusNoContent))
			Expect(s.Faults()).To(BeEmpty())
		})

		DescribeTable("refuses", func(body string) {
			Expect(s.admin(http.MethodPost, "/faults", body).Status).To(Equal(http.StatusBadRequest))
			Expect(s.Faults()).To(BeEmpty())
		},
			Entry("an unknown effect", `{"effect":"explode"}`),
			Entry("a number as duration", `{"delayBeforeReply":5}`),
			Entry("a body that is JSON rather than a text", `{"effect":"answer","status":500,"body":{}}`),
		)
	})

	Describe("on accounts", func() {
		It("shows them", func() {
			s.acquire(members{})
			Expect(s.admin(http.MethodGet, "/accounts", "").Body).To(MatchJSON(`[{"name":"customer","customerIds":["customer"],
				"requestsPerSecond":-1,"requests":1,"rateLimited":0}]`))
		})

		It("adds a pair, or changes its secret", func() {
			got := s.admin(http.MethodPut, "/credentials/other", `{"secret":"x"}`)
			Expect(got.Status).To(Equal(http.StatusOK))
			Expect(got.Body).To(ContainSubstring(`"customerIds":["other"]`))
			asOther := func(r *http.Request) { r.SetBasicAuth("other", "x") }
			Expect(s.call(http.MethodPost, basePath+"/acquire", encode(envelope(members{})), asOther).Status).To(Equal(http.StatusOK))
			Expect(s.admin(http.MethodPut, "/credentials/customer", `{"secret":"x"}`).Status).To(Equal(http.StatusOK))
			Expect(s.acquire(members{}).Status).To(Equal(http.StatusUnauthorized))
		})

		It("refuses a pair without a secret", func() {
			Expect(s.admin(http.MethodPut, "/credentials/other", ``).Status).To(Equal(http.StatusBadRequest))
			Expect(s.Accounts()).To(HaveLen(1))
		})
	})

	Describe("on what starts need", func() {
		failure := func() recorder.StartFailure {
			GinkgoHelper()
			r := s.started(recorder.ModeMix)
			Expect(s.Exit(r.SID)).To(Succeed())
			return r.StartFailure
		}

		It("replaces the App Certificates of projects", func() {
			Expect(s.admin(http.MethodPut, "/app-certificates", `{"app":"c"}`).Status).To(Equal(http.StatusNoContent))
			Expect(s.started(recorder.ModeMix).StartFailure).To(Equal(recorder.StartFailureToken))
		})

		It("replaces the tokens that projects want", func() {
			Expect(s.admin(http.MethodPut, "/tokens", `{"app":"t"}`)).To(SatisfyAll(
				HaveField("Status", http.StatusNoContent), HaveField("Body", "")))
			Expect(failure()).To(Equal(recorder.StartFailureToken))
			Expect(s.admin(http.MethodPut, "/tokens", `{}`).Status).To(Equal(http.StatusNoContent))
			Expect(failure()).To(BeEmpty())
		})

	})

	Describe("on the service", func() {
		It("shows the log of requests", func() {
			s.acquire(members{})
			Expect(s.admin(http.MethodGet, "/requests", "").Body).To(MatchJSON(`[{"number":1,"time":"2026-05-04T03:02:01Z",
				"serviceTime":"2026-05-04T03:02:01Z","method":"acquire","verb":"POST",
				"path":"/v1/apps/app/cloud_recording/acquire","appId":"app","customerId":"customer","status":200}]`))
		})

		It("restarts it", func() {
			r := s.running()
			Expect(s.admin(http.MethodPost, "/restart", `{"for":"10s"}`).Status).To(Equal(http.StatusNoContent))
			Expect(s.attempt(http.MethodGet, queryPath(r), "").Err).To(HaveOccurred())
			s.clock.Step(10 * time.Second)
			Expect(s.query(r).Status).To(Equal(http.StatusOK))
		})

		It("restarts it in no time", func() {
			answers := s.beginStop(s.running())
			s.awaitWaiting(1)
			Expect(s.admin(http.MethodPost, "/restart", "").Status).To(Equal(http.StatusNoContent))
			Expect(await(answers).Err).To(HaveOccurred())
		})
	})

	DescribeTable("refuses what it does not know", func(verb, path string) {
		r := s.running(func(o *agorasim.RecordingOptions) { o.SID = "sid" })
		for _, body := range []string{`{"unknown":1}`, `{}{}`, `{}]`, `{`, `"x"`, `[1]`} {
			got := s.admin(verb, path, body)
			Expect(got.Status).To(Equal(http.StatusBadRequest), body)
			Expect(got.text("problem")).To(HavePrefix("the body cannot be used: "))
		}
		Expect(s.Recordings()).To(Equal([]agorasim.Recording{r}))
		Expect(s.Faults()).To(BeEmpty())
	},
		Entry("of a recording to add", http.MethodPost, "/recordings"),
		Entry("of an idle exit", http.MethodPost, "/recordings/sid/idle-out"),
		Entry("of an empty channel", http.MethodPost, "/recordings/sid/leave-channel"),
		Entry("of users who publish", http.MethodPost, "/recordings/sid/publish"),
		Entry("of an exit", http.MethodPost, "/recordings/sid/exit"),
		Entry("of a lost worker", http.MethodPost, "/recordings/sid/lose-worker"),
		Entry("of a fault", http.MethodPost, "/faults"),
		Entry("of a pair", http.MethodPut, "/credentials/customer"),
		Entry("of tokens", http.MethodPut, "/tokens"),
		Entry("of App Certificates", http.MethodPut, "/app-certificates"),
		Entry("of an expired token", http.MethodPost, "/recordings/sid/expire-token"),
		Entry("of a restart", http.MethodPost, "/restart"),
	)

	DescribeTable("refuses a member that belongs elsewhere", func(path, body string) {
		r := s.running(func(o *agorasim.RecordingOptions) { o.SID = "sid" })
		Expect(s.admin(http.MethodPost, path, body).Status).To(Equal(http.StatusBadRequest))
		Expect(s.now(r)).To(Equal(r))
	},
		Entry("a span of an exit", "/recordings/sid/exit", `{"for":"1s"}`),
		Entry("a span of users", "/recordings/sid/publish", `{"for":"1s"}`),
		Entry("users of a lost worker", "/recordings/sid/lose-worker", `{"publishers":[]}`),
		Entry("users of a restart", "/restart", `{"publishers":[]}`),
		Entry("a span that is a number", "/recordings/sid/lose-worker", `{"for":90}`),
	)

	It("refuses a body larger than a megabyte", func() {
		got := s.admin(http.MethodPost, "/faults", `{"body":"`+strings.Repeat("x", 1<<20)+`"}`)
		Expect(got.Status).To(Equal(http.StatusBadRequest))
	})

	DescribeTable("has nothing else", func(verb, path string, status int) {
		Expect(s.admin(verb, path, "").Status).To(Equal(status))
	},
		Entry("at another path", http.MethodGet, "/nowhere", http.StatusNotFound),
		Entry("for another verb", http.MethodDelete, "/recordings", http.StatusMethodNotAllowed),
		Entry("of Agora's API", http.MethodPost, basePath+"/acquire", http.StatusNotFound),
	)
})
