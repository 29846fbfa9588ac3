// SPDX-License-Identifier: Apache-2.0

package check

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// tokenOfAnyUser is a token for the same channel that is signed with the same certificate, but
// valid for any user.
const tokenOfAnyUser = "007eJxSYLhzZP08Lxa1Pg57+TcXb/3cZ3wi4V6kbpbOog0G2dOYk20UGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiQwMgAAAAP//Npwiag=="

var _ = Describe("The check of tokens", func() {
	var (
		r     *record.Records
		start *record.Answer
	)

	BeforeEach(func() {
		r = fine()
		start = &r.Answers[1]
	})

	DescribeTable("finds one that", func(change func(), telling string) {
		change()
		broken(checkTokens(newJudge(r)), telling)
	},
		Entry("no certificate has signed", func() { r.Certificates = r.Certificates[:1] }, "is signed with no App Certificate that ever stood in a Secret"),
		Entry("is for another user", func() { start.UID = "1" }, `and is for user "1"`),
		Entry("is for another project", func() { start.AppID = "another" }, "lets user"),
		Entry("ends at another time than the status says", func() {
			startOf(r).Recording.Status.TokenExpirationTime = &metav1.Time{Time: noon}
			r.Histories[2].Versions[1].Recording.Status.TokenExpirationTime = nil
		}, "and the status of its object did not say so before"),
	)

	It("finds two tokens of one session, and one of two", func() {
		again := *start
		again.Token = tokenOfAnyUser
		r.Answers = append(r.Answers, again)
		Expect(checkTokens(newJudge(r)).Violations).To(ContainElement(ContainSubstring("was repeated at 12:00:00.110 with another token")))

		again.Token, again.ResourceID = start.Token, "another"
		r.Answers[2] = again
		Expect(checkTokens(newJudge(r)).Violations).To(ContainElement(ContainSubstring("was that of another session before")))
	})

	It("takes a token that is repeated for one, and does not ask for those that users minted", func() {
		users := *start
		users.Token = "s3cr3t"
		r.Answers = append(r.Answers, *start, users)
		found := checkTokens(newJudge(r))
		excused(found)
		Expect(found.Looked).To(Equal(2))
	})
})

var _ = Describe("The check of what is done before a token ends", func() {
	var (
		r      *record.Records
		object *v1alpha1.CloudRecording
	)

	// Another session should take over when two hours are left of a token that is valid for a
	// day.
	session := func(sid string, left time.Duration) v1alpha1.SessionStatus {
		end := noon.Add(left)
		return v1alpha1.SessionStatus{
			SID: sid, ResourceID: resourceID, StartedTime: &metav1.Time{Time: end.Add(-24 * time.Hour)}, TokenExpirationTime: &metav1.Time{Time: end},
		}
	}

	BeforeEach(func() {
		r = fine()
		r.Answers = nil
		r.Recordings, r.Quiet.Recordings = nil, []agorasim.Recording{{SID: startedSID, Running: true}}
		object = shown("", starting)
		object.Status.SessionStatus = session(startedSID, 90*time.Minute)
		r.Histories = []record.History{{Versions: []record.Version{{Seen: after(0), Recording: object}}}}
	})

	handingOver := func() { object.Spec.Start.OnExpiry = v1alpha1.ExpiryPolicyStartNext }
	replaced := func() {
		handingOver()
		object.Status.Sessions = []v1alpha1.SessionStatus{object.Status.SessionStatus}
		object.Status.SessionStatus = session(keptSID, 24*time.Hour)
	}

	It("finds a session that no other takes the place of", func() {
		excused(checkTokens(newJudge(r)))
		handingOver()
		broken(checkTokens(newJudge(r)), "no other session has taken its place")
		saying(v1alpha1.StalledCondition, v1alpha1.CredentialsNotFoundReason)(object)
		excused(checkTokens(newJudge(r)))
	})

	It("finds a session that goes on beside the one that has taken its place", func() {
		replaced()
		broken(checkTokens(newJudge(r)), "goes on beside the one that has taken its place")
		r.Quiet.Recordings[0].Running = false
		found := checkTokens(newJudge(r))
		excused(found)
		Expect(found.facts).To(ContainElement("1 recordings were handed over before their tokens ended"))
	})

	DescribeTable("excuses one that Agora refuses to stop, while a person is told of it", func(status int, body string) {
		replaced()
		stop := record.Answer{Method: faults.MethodStop, SID: startedSID, Status: status, Body: []byte(body), Answered: r.Quiet.At.Add(-time.Minute)}
		r.Answers = append(r.Answers, stop)
		broken(checkTokens(newJudge(r)), "goes on beside the one that has taken its place")
		stalled(v1alpha1.InvalidRequestReason)(object)
		excused(checkTokens(newJudge(r)))
		for _, notRefused := range []record.Answer{{Status: http.StatusOK}, {Status: http.StatusNotFound, Body: []byte(`{"code":404}`)}} {
			stop.Status, stop.Body = notRefused.Status, notRefused.Body
			r.Answers = append(r.Answers[:1:1], stop)
			broken(checkTokens(newJudge(r)), "goes on beside the one that has taken its place")
		}
	},
		Entry("as a wrong request", http.StatusBadRequest, `{"code":2}`),
		Entry("by its credentials", http.StatusUnauthorized, `{"message":"Unauthorized"}`),
		Entry("since it is forbidden", http.StatusForbidden, `{"message":"Forbidden"}`),
		Entry("since there is no such address", http.StatusNotFound, `{"message":"no Route matched with those values"}`),
	)

	Describe("where no other session has begun", func() {
		const sidUnknown = v1alpha1.SIDUnknownReason
		BeforeEach(func() {
			replaced()
			object.Status.SessionStatus = v1alpha1.SessionStatus{}
		})

		It("finds a session that goes on, unless a person must act", func() {
			broken(checkTokens(newJudge(r)), "no other session has taken its place")
			stalled(sidUnknown)(object)
			found := checkTokens(newJudge(r))
			excused(found)
			Expect(found.facts).To(ContainElement("1 recordings wait for a person until another session takes the place of one whose token ends"))
		})

		It("finds one that was to be stopped even so", func() {
			stalled(sidUnknown)(object)
			object.Status.Sessions[0] = session(startedSID, 50*time.Minute)
			broken(checkTokens(newJudge(r)), "goes on though its token is about to end")
			r.Quiet.Recordings[0].Running = false
			excused(checkTokens(newJudge(r)))
		})

		It("finds one beside another that has begun, though a person must act", func() {
			stalled(sidUnknown)(object)
			object.Status.SessionStatus = session(keptSID, 24*time.Hour)
			broken(checkTokens(newJudge(r)), "goes on beside the one that has taken its place")
		})
	})

	It("leaves time for that", func() {
		object.Status.SessionStatus = session(startedSID, 2*time.Hour)
		handingOver()
		excused(checkTokens(newJudge(r)))
	})

	It("finds a session that ended by its token and that no other follows", func() {
		object.Spec.RestartPolicy = v1alpha1.RestartPolicyOnFailure
		stalled(v1alpha1.RecordingEndedReason)(object)
		broken(checkTokens(newJudge(r)), "no other session was begun, though spec.restartPolicy wants that")
		object.Spec.RestartPolicy = v1alpha1.RestartPolicyNever
		excused(checkTokens(newJudge(r)))
	})

	It("takes a stop for one that was wanted when only a margin of the token is left, and not before", func() {
		r.Recordings = []agorasim.Recording{{SID: startedSID, StopRequests: 1}}
		broken(checkRunning(newJudge(r)), "nothing ever wanted that")
		object.Status.SessionStatus = session(startedSID, time.Hour)
		excused(checkRunning(newJudge(r)))
		r.Recordings[0].Running = true
		broken(checkRunning(newJudge(r)), "still running")
	})
})
