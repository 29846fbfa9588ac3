// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/journal"
	"cloudrecording.dev/operator/controllers/notifications/replicatest"
)

var _ = Describe("the receiver", func() {
	uploaded := notify("n-1", notifications.Uploaded, `"msgName":"uploaded","status":0`)

	It("accepts a signed notification once it is in the API server", func(ctx context.Context) {
		r := begin(ctx, nil)
		Expect(r.post(ctx, uploaded, lessonSecret)).To(accepted())
		Expect(batches(ctx, r.Namespace)(Default)).To(HaveLen(1))
		Eventually(r.notices("lesson-1")).Should(Equal([]string{"n-1"}))
		Expect(r.inbox.Pending("lesson-1")[0]).To(And(
			HaveField("Type", notifications.Uploaded), HaveField("SID", lessonSID), HaveField("MsgName", "uploaded")))
	})

	It("takes the older signature where the newer one is absent", func(ctx context.Context) {
		r := begin(ctx, nil)
		request := r.request(ctx, uploaded)
		request.Header.Set(SignatureHeader, signV1(uploaded, lessonSecret))
		Expect(r.send(request)).To(accepted())
	})

	DescribeTable("refuses", func(ctx context.Context, change func(*http.Request), want OmegaMatcher) {
		r := begin(ctx, nil)
		request := r.request(ctx, uploaded)
		request.Header.Set(SignatureV2Header, signV2(uploaded, lessonSecret))
		change(request)
		Expect(r.send(request)).To(want)
		Consistently(batches(ctx, r.Namespace)).Should(BeEmpty())
		Expect(string(r.Logs.Contents())).NotTo(ContainSubstring(lessonSID))
		Expect(r.Logs).To(gbytes.Say("Refused a notification"))
	},
		Entry("a GET", func(request *http.Request) { request.Method = http.MethodGet },
			And(beAnswered(http.StatusMethodNotAllowed, WrongMethod), HaveField("Header", HaveKeyWithValue("Allow", []string{"POST"})))),
		Entry("a PUT", func(request *http.Request) { request.Method = http.MethodPut },
			beAnswered(http.StatusMethodNotAllowed, WrongMethod)),
		Entry("text", func(request *http.Request) { request.Header.Set("Content-Type", "text/plain") },
			beAnswered(http.StatusUnsupportedMediaType, WrongContentType)),
		Entry("what does not say what it is", func(request *http.Request) { request.Header.Del("Content-Type") },
			beAnswered(http.StatusUnsupportedMediaType, WrongContentType)),
		Entry("what is not signed", func(request *http.Request) { request.Header.Del(SignatureV2Header) },
			beAnswered(http.StatusUnauthorized, Unsigned)),
		Entry("what is signed with another secret", func(request *http.Request) {
			request.Header.Set(SignatureV2Header, signV2(uploaded, otherSecret))
		}, beAnswered(http.StatusUnauthorized, Forged)),
		Entry("a wrong signature beside an older one that is right", func(request *http.Request) {
			request.Header.Set(SignatureV2Header, signV2(uploaded, otherSecret))
			request.Header.Set(SignatureHeader, signV1(uploaded, lessonSecret))
		}, beAnswered(http.StatusUnauthorized, Forged)),
	)

	It("takes a content type with parameters", func(ctx context.Context) {
		r := begin(ctx, nil)
		request := r.request(ctx, uploaded)
		request.Header.Set("Content-Type", "Application/JSON; charset=utf-8")
		request.Header.Set(SignatureV2Header, signV2(uploaded, lessonSecret))
		Expect(r.send(request)).To(accepted())
	})

	DescribeTable("refuses a body that is", func(ctx context.Context, body string, want OmegaMatcher) {
		r := begin(ctx, func(options *Options) { options.MaxBodyBytes = 4096 })
		Expect(r.post(ctx, body, lessonSecret)).To(want)
		Expect(string(r.Logs.Contents())).NotTo(ContainSubstring("content"))
		Expect(batches(ctx, r.Namespace)(Default)).To(BeEmpty())
	},
		Entry("malformed", `content`, beAnswered(http.StatusBadRequest, Malformed)),
		Entry("empty", ``, beAnswered(http.StatusBadRequest, Malformed)),
		Entry("no notification", `{"content":{}}`, beAnswered(http.StatusBadRequest, Malformed)),
		Entry("too large", notify("n", notifications.Uploaded, `"content":"`+strings.Repeat("x", 5000)+`"`),
			beAnswered(http.StatusRequestEntityTooLarge, TooLarge)),
		Entry("far too large", strings.Repeat(" ", 10<<20), beAnswered(http.StatusRequestEntityTooLarge, TooLarge)),
	)

	DescribeTable("answers without a signature, and does nothing", func(ctx context.Context, body string, result Result) {
		r := begin(ctx, nil)
		Expect(r.send(r.request(ctx, body))).To(beAnswered(http.StatusOK, result))
		Expect(batches(ctx, r.Namespace)(Default)).To(BeEmpty())
	},
		Entry("a sid that no recording has", notifyAbout("another", "n", notifications.Uploaded, ``), UnknownSID),
		Entry("a recording without a sid", `{"noticeId":"n","productId":3,"eventType":31,"payload":{}}`, UnknownSID),
		Entry("the console's health check",
			`{"noticeId":"n","productId":3,"eventType":31,"payload":{"cname":"test_webhook","uid":"12121212","sid":"another"}}`, HealthCheck),
		Entry("the console's health check without a sid",
			`{"noticeId":"n","productId":3,"eventType":31,"payload":{"cname":"test_webhook","uid":"12121212"}}`, HealthCheck),
		Entry("another product's notification",
			strings.Replace(notifyAbout("another", "n", notifications.Uploaded, ``), `"productId":3`, `"productId":1`, 1), HealthCheck),
	)

	Describe("a notification with a sid that this replica has not heard of", func() {
		const newSID = "a5bd9bb5f2b6c3a0d3efcc37a3cbd7e5"

		It("is asked for again while a recording of its channel is being started", func(ctx context.Context) {
			r := begin(ctx, nil)
			r.finder.begin(notifications.Undecided, "room1", lesson())
			early := notifyAbout(newSID, "n-1", notifications.Uploaded, ``)
			Expect(r.post(ctx, early, lessonSecret)).To(beAnswered(http.StatusServiceUnavailable, TooEarly))
			Expect(batches(ctx, r.Namespace)(Default)).To(BeEmpty())
			r.finder.set(newSID, lesson())
			Expect(r.post(ctx, early, lessonSecret)).To(accepted())
			Eventually(r.notices("lesson-1")).Should(Equal([]string{"n-1"}))
		})

		DescribeTable("needs a signature while one is being started", func(ctx context.Context, recipientSecret, secret string) {
			r := begin(ctx, nil)
			starting := notifications.Recipient{Name: lesson().Name, UID: lesson().UID, Secret: []byte(recipientSecret), Starting: true}
			r.finder.begin(notifications.Undecided, "room1", starting)
			Expect(r.post(ctx, notifyAbout(newSID, "n", notifications.Uploaded, ``), secret)).To(beAnswered(http.StatusUnauthorized, Forged))
		},
			Entry("by the secret of its recording", lessonSecret, otherSecret),
			Entry("by a secret that is missing", "", lessonSecret),
		)

		It("is kept for the recording that has the sid by now", func(ctx context.Context) {
			r := begin(ctx, nil)
			r.finder.begin(notifications.Owner, "room1", lesson())
			Expect(r.post(ctx, notifyAbout(newSID, "n-1", notifications.Uploaded, ``), lessonSecret)).To(accepted())
			Eventually(r.notices("lesson-1")).Should(Equal([]string{"n-1"}))
		})

		DescribeTable("goes to one that this replica has not heard of", func(ctx context.Context, standing notifications.Standing, answered func() OmegaMatcher) {
			r := begin(ctx, nil)
			r.finder.begin(standing, "room1", lesson())
			r.finder.hide()
			Expect(r.post(ctx, notifyAbout(newSID, "n-1", notifications.Uploaded, ``), lessonSecret)).To(answered())
		},
			Entry("which has the sid", notifications.Owner, accepted),
			Entry("which is being started", notifications.Undecided, func() OmegaMatcher { return beAnswered(http.StatusServiceUnavailable, TooEarly) }),
			Entry("which has another sid", notifications.Unrelated, func() OmegaMatcher { return beAnswered(http.StatusOK, UnknownSID) }),
		)

		It("is never looked for without a signature", func(ctx context.Context) {
			r := begin(ctx, nil)
			r.finder.begin(notifications.Owner, "room1", lesson())
			r.finder.hide()
			for i := range 50 {
				Expect(r.send(r.request(ctx, notifyAbout(newSID, fmt.Sprint("n-", i), notifications.Uploaded, ``)))).To(beAnswered(http.StatusOK, UnknownSID))
			}
			Expect(r.finder.asked).To(BeEmpty())
			Expect(r.post(ctx, notifyAbout(newSID, "n", notifications.Uploaded, ``), lessonSecret)).To(accepted())
		})

		It("is looked for on behalf of whoever has signed it", func(ctx context.Context) {
			r := begin(ctx, nil)
			r.post(ctx, notifyAbout(newSID, "n", notifications.Uploaded, ``), lessonSecret)
			r.post(ctx, notifyAbout(newSID, "n", notifications.Uploaded, ``), otherSecret)
			r.finder.begin(notifications.Unrelated, "room1", notifications.Recipient{Name: types.NamespacedName{Namespace: "college", Name: "x"}, Secret: []byte(otherSecret)})
			r.post(ctx, notifyAbout(newSID, "n", notifications.Uploaded, ``), otherSecret)
			Expect(r.finder.asked).To(Equal([][]string{{"school"}, nil, {"college"}}))
		})

		It("is asked for again when too many are looked for", func(ctx context.Context) {
			r := begin(ctx, nil)
			r.finder.askedTooOften = true
			Expect(r.post(ctx, notifyAbout(newSID, "n", notifications.Uploaded, ``), lessonSecret)).To(And(
				beAnswered(http.StatusServiceUnavailable, Busy), HaveField("Header", HaveKey("Retry-After"))))

			By("answering the console's health check all the same")
			Expect(r.post(ctx, `{"noticeId":"n","productId":3,"eventType":31,"payload":{"cname":"test_webhook","uid":"12121212","sid":"another"}}`, otherSecret)).
				To(beAnswered(http.StatusOK, HealthCheck))
		})

		It("is kept if it tells that the recording has begun", func(ctx context.Context) {
			r := begin(ctx, nil)
			r.finder.start("room1", "527841", lesson())
			Expect(r.post(ctx, notifyAbout(newSID, "n-1", notifications.RecorderStarted, ``), lessonSecret)).To(accepted())
			Eventually(r.notices("lesson-1")).Should(Equal([]string{"n-1"}))
		})

		It("is asked for again if nobody can tell whose it is", func(ctx context.Context) {
			r := begin(ctx, nil)
			r.finder.fail(errors.New("the API server is away"))
			Expect(r.post(ctx, notifyAbout(newSID, "n-1", notifications.Uploaded, ``), lessonSecret)).To(beAnswered(http.StatusServiceUnavailable, Unavailable))
		})

		DescribeTable("is none of ours", func(ctx context.Context, standing notifications.Standing, body, secret string) {
			r := begin(ctx, nil)
			r.finder.begin(standing, "room1", lesson())
			r.finder.start("room1", "", lesson())
			Expect(r.post(ctx, body, secret)).To(beAnswered(http.StatusOK, UnknownSID))
		},
			Entry("with the signature of another secret", notifications.Undecided, notifyAbout(newSID, "n", notifications.Uploaded, ``), otherSecret),
			Entry("if the recording of its channel has another one", notifications.Unrelated, notifyAbout(newSID, "n", notifications.Uploaded, ``), lessonSecret),
			Entry("in another channel", notifications.Undecided, strings.Replace(notifyAbout(newSID, "n", notifications.Uploaded, ``), "room1", "room2", 1), lessonSecret),
			Entry("without news", notifications.Undecided, notifyAbout(newSID, "n", notifications.RecorderSliceStart, ``), lessonSecret),
			Entry("that tells of a start without a user ID", notifications.Unrelated,
				strings.Replace(notifyAbout(newSID, "n", notifications.RecorderStarted, ``), `"uid":"527841",`, ``, 1), lessonSecret),
		)
	})

	Describe("a recording that no object has", func() {
		const newSID = "a5bd9bb5f2b6c3a0d3efcc37a3cbd7e5"
		began := notifyAbout(newSID, "n", notifications.RecorderStarted, ``)

		beginTelling := func(ctx context.Context) (*replica, *unowned) {
			heard := &unowned{}
			return begin(ctx, func(options *Options) { options.Unowned = heard }), heard
		}

		It("is told of with the namespace whose secret has signed", func(ctx context.Context) {
			r, heard := beginTelling(ctx)
			Expect(r.post(ctx, began, lessonSecret)).To(beAnswered(http.StatusOK, UnknownSID))
			Expect(heard.events).To(ConsistOf(And(HaveField("SID", newSID), HaveField("CName", "room1"), HaveField("Type", notifications.RecorderStarted),
				HaveField("Time", time.UnixMilli(1611566412000).UTC()))))
			Expect(heard.namespaces).To(Equal([]string{"school"}))
		})

		It("is told of beside one of its channel that has another sid", func(ctx context.Context) {
			r, heard := beginTelling(ctx)
			r.finder.begin(notifications.Unrelated, "room1", lesson())
			Expect(r.post(ctx, began, lessonSecret)).To(beAnswered(http.StatusOK, UnknownSID))
			Expect(heard.events).To(HaveLen(1))
		})

		It("is not told of where an object has it whose secret is another", func(ctx context.Context) {
			r, heard := beginTelling(ctx)
			elsewhere := types.NamespacedName{Namespace: "college", Name: "x"}
			r.finder.begin(notifications.Owner, "room1", notifications.Recipient{Name: elsewhere, Secret: []byte(otherSecret)})
			Expect(r.post(ctx, began, lessonSecret)).To(beAnswered(http.StatusOK, UnknownSID))
			Expect(heard.events).To(BeEmpty())
		})

		DescribeTable("is not told of", func(ctx context.Context, standing notifications.Standing, body, secret string) {
			r, heard := beginTelling(ctx)
			r.finder.begin(standing, "room1", lesson())
			r.post(ctx, body, secret)
			Expect(heard.events).To(BeEmpty())
		},
			Entry("by whom nobody knows", notifications.Unrelated, began, otherSecret),
			Entry("where it may be that of an object", notifications.Undecided, began, lessonSecret),
			Entry("where an object has it", notifications.Owner, began, lessonSecret),
			Entry("where a replica has heard of it", notifications.Unrelated, notify("n", notifications.RecorderStarted, ``), lessonSecret),
			Entry("by the console's health check", notifications.Unrelated,
				strings.NewReplacer(`"cname":"room1"`, `"cname":"test_webhook"`, `"uid":"527841"`, `"uid":"12121212"`).Replace(began), lessonSecret),
			Entry("by another product", notifications.Unrelated, strings.Replace(began, `"productId":3`, `"productId":1`, 1), lessonSecret),
			Entry("without news", notifications.Unrelated, notifyAbout(newSID, "n", notifications.RecorderSliceStart, ``), lessonSecret),
		)
	})

	Describe("a notification that looks like a health check, and is about a recording", func() {
		lookalike := strings.NewReplacer(`"cname":"room1"`, `"cname":"test_webhook"`, `"uid":"527841"`, `"uid":"12121212"`).Replace(uploaded)
		ofAnotherProduct := strings.Replace(uploaded, `"productId":3`, `"productId":1`, 1)

		DescribeTable("needs a signature", func(ctx context.Context, body string, result Result) {
			r := begin(ctx, nil)
			Expect(r.send(r.request(ctx, body))).To(beAnswered(http.StatusUnauthorized, Unsigned))
			Expect(r.post(ctx, body, otherSecret)).To(beAnswered(http.StatusUnauthorized, Forged))
			Expect(r.post(ctx, body, lessonSecret)).To(beAnswered(http.StatusOK, result))
		},
			Entry("by its channel and user", lookalike, Accepted),
			Entry("by its product, whose types mean something else", ofAnotherProduct, NothingToLearn),
		)
	})

	It("tells a probe whether its signature is that of the recording's Secret", func(ctx context.Context) {
		r := begin(ctx, nil)
		for secret, expected := range map[string]OmegaMatcher{
			lessonSecret: beAnswered(http.StatusOK, NothingToLearn), otherSecret: beAnswered(http.StatusUnauthorized, Forged),
		} {
			probe, err := NewProbe(lessonSID, []byte(secret))
			Expect(err).NotTo(HaveOccurred())
			request := r.request(ctx, string(probe.Body))
			request.Header.Set(SignatureV2Header, probe.Signature)
			Expect(r.send(request)).To(expected)
		}
		Expect(batches(ctx, r.Namespace)(Default)).To(BeEmpty())
	})

	It("accepts what no status can learn anything from, and does not keep it", func(ctx context.Context) {
		r := begin(ctx, nil)
		for eventType := notifications.Type(1); eventType <= notifications.PostponeTranscodeFinalResult; eventType++ {
			if eventType.IsDocumented() && !eventType.BringsNews() {
				Expect(r.post(ctx, notify("n", eventType, ``), lessonSecret)).To(beAnswered(http.StatusOK, NothingToLearn))
			}
		}
		Expect(r.post(ctx, notify("n", 4711, ``), lessonSecret)).To(beAnswered(http.StatusOK, NothingToLearn))
		Expect(r.post(ctx, notify("n", 4711, ``), otherSecret)).To(beAnswered(http.StatusUnauthorized, Forged))
		Expect(batches(ctx, r.Namespace)(Default)).To(BeEmpty())
	})

	It("says that a recording's Secret has no secret for notifications", func(ctx context.Context) {
		r := begin(ctx, nil)
		r.finder.set(lessonSID, notifications.Recipient{Name: lesson().Name, UID: "lesson-1"})
		Expect(r.post(ctx, uploaded, "")).To(beAnswered(http.StatusUnauthorized, Forged))
		Expect(r.Logs).To(gbytes.Say("has no notificationSecret"))
	})

	It("gives an event to those of its sid's recordings whose secret signed it", func(ctx context.Context) {
		r := begin(ctx, nil)
		recipient := func(namespace string, uid types.UID, secret string) notifications.Recipient {
			return notifications.Recipient{Name: types.NamespacedName{Namespace: namespace, Name: "lesson"}, UID: uid, Secret: []byte(secret)}
		}
		r.finder.set(lessonSID, recipient("a", "a-1", lessonSecret), recipient("b", "b-1", otherSecret),
			recipient("c", "c-1", lessonSecret), recipient("d", "d-1", ""))
		Expect(r.post(ctx, uploaded, lessonSecret)).To(accepted())
		Eventually(r.notices("a-1")).Should(Equal([]string{"n-1"}))
		Eventually(r.notices("c-1")).Should(Equal([]string{"n-1"}))
		Expect(r.notices("b-1")()).To(BeEmpty())
		Expect(r.notices("d-1")()).To(BeEmpty())

		By("not taking it for the other secret's duplicate")
		Expect(r.post(ctx, uploaded, otherSecret)).To(accepted())
		Eventually(r.notices("b-1")).Should(Equal([]string{"n-1"}))
		Expect(r.post(ctx, uploaded, otherSecret)).To(beAnswered(http.StatusOK, Duplicate))
	})

	It("keeps an event for those whose secret is known though another's cannot be read", func(ctx context.Context) {
		r := begin(ctx, nil)
		other := notifications.Recipient{Name: types.NamespacedName{Namespace: "college", Name: "lesson"}, UID: "b-1", Unreadable: errors.New("the API server refuses")}
		r.finder.set(lessonSID, other, lesson())
		Expect(r.post(ctx, uploaded, lessonSecret)).To(beAnswered(http.StatusServiceUnavailable, Unavailable))
		Eventually(r.notices("lesson-1")).Should(Equal([]string{"n-1"}))
		Expect(r.post(ctx, uploaded, otherSecret)).To(beAnswered(http.StatusServiceUnavailable, Unavailable))
		other.Secret, other.Unreadable = []byte(otherSecret), nil
		r.finder.set(lessonSID, other, lesson())
		Expect(r.post(ctx, uploaded, lessonSecret)).To(beAnswered(http.StatusOK, Duplicate))
	})

	It("accepts a notification once, however often it comes", func(ctx context.Context) {
		r := begin(ctx, nil)
		resent := strings.Replace(uploaded, `"notifyMs":1611566412672`, `"notifyMs":1611566499999`, 1)
		Expect(r.post(ctx, uploaded, otherSecret)).To(beAnswered(http.StatusUnauthorized, Forged))
		Expect(r.post(ctx, uploaded, lessonSecret)).To(accepted())
		Expect(r.post(ctx, uploaded, lessonSecret)).To(beAnswered(http.StatusOK, Duplicate))
		Expect(r.post(ctx, resent, lessonSecret)).To(beAnswered(http.StatusOK, Duplicate))
		Expect(batches(ctx, r.Namespace)(Default)).To(HaveLen(1))
	})

	It("accepts a notification once, when it comes many times at once", func(ctx context.Context) {
		r := begin(ctx, nil)
		gate := make(chan struct{})
		r.Network.Set(replicatest.HoldUntil(gate))
		answers := r.flood(ctx, 20, func(int) string { return uploaded })
		Eventually(r.Network.Creations.Load).Should(BeEquivalentTo(1))
		close(gate)
		counts := count(answers)
		Expect(counts).To(Equal(map[Result]int{Accepted: 1, Duplicate: 19}))
		Expect(batches(ctx, r.Namespace)(Default)).To(HaveLen(1))
	})

	It("does not take a notification for a duplicate of one that failed", func(ctx context.Context) {
		r := begin(ctx, nil)
		gate := make(chan struct{})
		var once sync.Once
		r.Network.Set(func(request *http.Request) error {
			err := replicatest.HoldUntil(gate)(request)
			once.Do(func() { err = errors.New("the API server is away") })
			return err
		})
		answers := r.flood(ctx, 2, func(int) string { return uploaded })
		Eventually(r.Network.Creations.Load).Should(BeEquivalentTo(1))
		close(gate)
		Expect(count(answers)).To(Equal(map[Result]int{Unavailable: 1, Accepted: 1}))
		Eventually(r.notices("lesson-1")).Should(Equal([]string{"n-1"}))
	})

	DescribeTable("asks Agora to send again", func(ctx context.Context, fault func(*http.Request) error) {
		r := begin(ctx, func(options *Options) { options.AnswerWithin = time.Second })
		r.Network.Set(fault)
		begin := time.Now()
		Expect(r.post(ctx, uploaded, lessonSecret)).To(And(
			beAnswered(http.StatusServiceUnavailable, Unavailable), HaveField("Header", HaveKey("Retry-After"))))
		Expect(time.Since(begin)).To(BeNumerically("<", 4*time.Second))
		Expect(r.Logs).To(gbytes.Say("could not be accepted"))

		By("accepting it then")
		r.Network.Set(nil)
		Eventually(func() reply { return r.post(ctx, uploaded, lessonSecret) }).Should(accepted())
		Eventually(r.notices("lesson-1")).Should(Equal([]string{"n-1"}))
	},
		Entry("while the API server refuses", replicatest.Refuse),
		Entry("while the API server does not answer", replicatest.Hang),
	)

	It("asks Agora to send again while the recordings cannot be looked up", func(ctx context.Context) {
		r := begin(ctx, nil)
		r.finder.fail(errors.New("the cache is not there"))
		Expect(r.post(ctx, uploaded, lessonSecret)).To(beAnswered(http.StatusServiceUnavailable, Unavailable))
		r.finder.fail(nil)
		Expect(r.post(ctx, uploaded, lessonSecret)).To(accepted())
	})

	It("turns away what is too much at once, and not more", func(ctx context.Context) {
		const most = 4
		r := begin(ctx, func(options *Options) { options.MaxConcurrent = most })
		gate := make(chan struct{})
		r.Network.Set(replicatest.HoldUntil(gate))
		held := make(chan Result, most)
		for i := range most {
			go func() {
				defer GinkgoRecover()
				// The notification that checks whether all places are taken may take one
				// itself.
				result := Busy
				for result == Busy {
					result = r.post(ctx, notify(fmt.Sprint("held-", i), notifications.Uploaded, ``), lessonSecret).Result
				}
				held <- result
			}()
		}
		Eventually(func(g Gomega) {
			answer, err := r.send(r.request(ctx, notifyAbout("another", "n", notifications.Uploaded, ``)))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(answer).To(And(
				beAnswered(http.StatusServiceUnavailable, Busy), HaveField("Header", HaveKey("Retry-After"))))
		}).Should(Succeed())
		turnedAway := r.flood(ctx, 50, func(i int) string { return notify(fmt.Sprint("more-", i), notifications.Uploaded, ``) })
		Expect(count(turnedAway)).To(Equal(map[Result]int{Busy: 50}))

		close(gate)
		for range most {
			Eventually(held).Should(Receive(Equal(Accepted)))
		}
		Expect(r.post(ctx, uploaded, lessonSecret)).To(accepted())
	})

	Describe("while a recording's status cannot be written", func() {
		pupil := notifications.Recipient{
			Name: types.NamespacedName{Namespace: "school", Name: "pupil"}, UID: "pupil-1", Secret: []byte(lessonSecret),
		}
		// mostPending is the share of one recording.
		const mostPending = 100
		overdraw := func(ctx context.Context, r *replica) {
			GinkgoHelper()
			answers := r.flood(ctx, mostPending, func(i int) string { return notify(fmt.Sprint("pending-", i), notifications.Uploaded, ``) })
			Expect(count(answers)).To(Equal(map[Result]int{Accepted: mostPending}))
			Eventually(r.inbox.IsOverdrawn).WithArguments(lesson().UID).Should(BeTrue())
		}
		turnedAway := And(beAnswered(http.StatusServiceUnavailable, Overdrawn), HaveField("Header", HaveKey("Retry-After")))

		It("takes so many of its events, and those of others", func(ctx context.Context) {
			r := begin(ctx, nil)
			r.finder.set("another", pupil)
			overdraw(ctx, r)
			Expect(r.post(ctx, uploaded, lessonSecret)).To(turnedAway)
			Expect(r.Logs).To(gbytes.Say("too many accepted notifications of this recording wait"))
			Expect(r.post(ctx, notifyAbout("another", "n-1", notifications.Uploaded, ``), lessonSecret)).To(accepted())
			Expect(r.post(ctx, notify("pending-7", notifications.Uploaded, ``), lessonSecret)).To(beAnswered(http.StatusOK, Duplicate))

			By("taking more once it can be written")
			r.inbox.Settle(lesson().UID, r.inbox.Pending(lesson().UID))
			Expect(r.post(ctx, uploaded, lessonSecret)).To(accepted())
		})

		It("gives an event to the others of its sid at once, and to this one later", func(ctx context.Context) {
			r := begin(ctx, nil)
			overdraw(ctx, r)
			r.finder.set(lessonSID, lesson(), pupil)
			Expect(r.post(ctx, uploaded, lessonSecret)).To(turnedAway)
			Eventually(r.notices(pupil.UID)).Should(Equal([]string{"n-1"}))
			Expect(r.post(ctx, uploaded, lessonSecret)).To(turnedAway)

			r.inbox.Settle(lesson().UID, r.inbox.Pending(lesson().UID))
			Expect(r.post(ctx, uploaded, lessonSecret)).To(accepted())
			Eventually(r.notices(lesson().UID)).Should(Equal([]string{"n-1"}))
			Expect(r.inbox.Pending(pupil.UID)).To(HaveLen(1))
		})
	})

	It("turns away a namespace that has had its share of the journal, and not the others", func(ctx context.Context) {
		r := beginWith(ctx, replicatest.CreateNamespace(ctx, k8sClient), nil, func(options *journal.InboxOptions) { options.MaxBytes = 1 << 20 })
		answer := r.post(ctx, sizable(lessonSID, "first"), lessonSecret)
		Expect(answer).To(accepted())
		for n := 0; answer.Result == Accepted; n++ {
			answer = r.post(ctx, sizable(lessonSID, fmt.Sprint("more-", n)), lessonSecret)
		}
		Expect(answer).To(And(beAnswered(http.StatusServiceUnavailable, Overdrawn), HaveField("Header", HaveKey("Retry-After"))))
		Expect(r.Logs).To(gbytes.Say("of this namespace wait to be recorded"))
		r.finder.set("neighbor", notifications.Recipient{
			Name: types.NamespacedName{Namespace: "neighbor", Name: "lesson"}, UID: "neighbor-1", Secret: []byte(lessonSecret),
		})
		Expect(r.post(ctx, notifyAbout("neighbor", "n-1", notifications.Uploaded, ``), lessonSecret)).To(accepted())
	})

	It("does not let a flood fill the log", func(ctx context.Context) {
		r := begin(ctx, nil)
		answers := r.flood(ctx, 200, func(i int) string { return fmt.Sprint("content ", i) })
		Expect(count(answers)).To(Equal(map[Result]int{Malformed: 200}))
		lines := strings.Count(string(r.Logs.Contents()), "Refused a notification")
		Expect(lines).To(BeNumerically("<", 20))
		Expect(lines).To(BeNumerically(">", 0))
	})

	It("measures what came", func(ctx context.Context) {
		r := begin(ctx, nil)
		r.post(ctx, uploaded, lessonSecret)
		r.post(ctx, uploaded, lessonSecret)
		r.post(ctx, uploaded, otherSecret)
		r.post(ctx, notify("n", 4711, ``), lessonSecret)
		r.post(ctx, notify("n", 4712, ``), lessonSecret)
		r.post(ctx, `content`, lessonSecret)
		Eventually(r.notices("lesson-1")).Should(HaveLen(1))
		Eventually(func() error {
			return testutil.GatherAndCompare(r.Registry, strings.NewReader(`
# HELP cloudrecording_notifications_pending Accepted notifications that no status shows yet, as the replica that leads knows them.
# TYPE cloudrecording_notifications_pending gauge
cloudrecording_notifications_pending 1
# HELP cloudrecording_notifications_total Notifications by type of event and by what became of them.
# TYPE cloudrecording_notifications_total counter
cloudrecording_notifications_total{result="accepted",type="31"} 1
cloudrecording_notifications_total{result="duplicate",type="31"} 1
cloudrecording_notifications_total{result="forged",type="31"} 1
cloudrecording_notifications_total{result="malformed",type="other"} 1
cloudrecording_notifications_total{result="nothing_to_learn",type="other"} 2
`), "cloudrecording_notifications_total", "cloudrecording_notifications_pending")
		}).Should(Succeed())
		Expect(testutil.GatherAndCount(r.Registry, "cloudrecording_notification_duration_seconds")).To(Equal(1))
	})
})

// flood sends signed notifications at the same time, and returns their results.
func (r *replica) flood(ctx context.Context, number int, body func(int) string) <-chan Result {
	results := make(chan Result, number)
	var sending sync.WaitGroup
	for i := range number {
		body := body(i)
		request := r.request(ctx, body)
		request.Header.Set(SignatureV2Header, signV2(body, lessonSecret))
		sending.Go(func() {
			answer, err := r.send(request)
			if err != nil {
				answer.Result = Result(err.Error())
			}
			results <- answer.Result
		})
	}
	go func() {
		sending.Wait()
		close(results)
	}()
	return results
}

// count counts all results.
func count(results <-chan Result) map[Result]int {
	counts := map[Result]int{}
	for result := range results {
		counts[result]++
	}
	return counts
}
