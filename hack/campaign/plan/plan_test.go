// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"encoding/json"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("A plan", func() {
	options := Options{Seed: 7, Recordings: 40, Duration: 20 * time.Second}

	It("follows from its seed alone", func() {
		Expect(outline(New(options))).To(Equal(outline(New(options))))
	})

	It("is another for another seed", func() {
		other := options
		other.Seed++
		Expect(outline(New(options))).NotTo(Equal(outline(New(other))))
	})

	It("holds every outcome, and every kind of disturbance, however short it is", func() {
		made := New(options)
		planned := map[Outcome]bool{}
		for _, l := range made.Recordings {
			planned[l.Outcome] = true
		}
		Expect(planned).To(HaveLen(len(options.outcomes())))
		kinds := map[string]bool{}
		for _, s := range made.Steps {
			kinds[s.Action.String()] = true
		}
		Expect(kinds).To(And(
			HaveKey("Agora restarted"), HaveKey("account used by others"), HaveKey("recorder moved to another server"),
			HaveKey("leader paused past its lease"), HaveKey("all replicas killed"), HaveKey("API server restarted"),
			HaveKey("API server: 409 to a write"), HaveKey("API server: 429 to a write"), HaveKey("API server: 500 to a write"),
			HaveKey("API server: write whose answer is lost"), HaveKey("API server: cut connections"), HaveKey("API server: slow answer"),
			HaveKey("endpoint answered with a gateway's page"), HaveKey(HavePrefix("status writes refused: ")),
			HaveKey(HavePrefix("labels changed to those of another shard")), HaveKey(HavePrefix("labels changed to those of no shard")),
			HaveKey("credentials rotated"), HaveKey("namespace deleted"), HaveKey("bucket: 503"), HaveKey("bucket: 403"),
		))
	})

	It("starts a good part of its recordings in all modes, and has as much go wrong", func() {
		made := New(options)
		modes, kinds := map[string]int{}, map[string]bool{}
		for _, l := range made.Recordings {
			if l.Starts {
				modes[l.Options.Mode]++
			}
		}
		for _, s := range made.Steps {
			kinds[s.Action.String()] = true
		}
		Expect(modes).To(HaveLen(3))
		Expect(modes["mix"] + modes["web"] + modes["individual"]).To(BeNumerically(">=", options.Recordings/3))
		Expect(kinds).To(HaveKey(HavePrefix("operator killed")))
		Expect(kinds).To(HaveKey(MatchRegexp("^Secret (token|bucket-writer) ")))
		Expect(kinds).To(HaveKey(HavePrefix("Secret app-certificate ")))
	})

	It("has tokens be minted from either Secret, by the object or its profile, and end in every way", func() {
		options := options
		options.Recordings = 300
		sources := map[string]int{}
		for _, r := range New(options).Recordings {
			if !r.Starts || !AccountOf(r.Place.Account).Certified || r.Options.Mode == "web" {
				Expect(r.Outcome.isOfToken()).To(BeFalse())
				continue
			}
			start := r.NewObject(&v1alpha1.StorageSpec{}).Spec.Start
			Expect(start.TokenSecretRef).To(BeNil())
			Expect(start.AppCertificateSecretRef == nil).To(Equal(r.Place.KeepsCertificate()))
			sources[fmt.Sprintf("profile %t, reference %t", r.Profiled, start.AppCertificateSecretRef != nil)]++
		}
		Expect(sources).To(HaveLen(4))
	})

	It("has the status of a recording whose token is about to end say when", func() {
		begun := agorasim.Recording{ResourceID: "resource", SID: "sid"}
		now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		left := map[Outcome]time.Duration{}
		for _, r := range New(options).Recordings {
			status, isWritten := r.WrittenStatus(begun, now)
			if !r.Outcome.IsAged() {
				Expect(isWritten).To(Equal(r.Outcome == OutcomeManySessions))
				continue
			}
			Expect(r.Profiled).To(BeFalse(), "its profile does not hold yet")
			Expect(status.SID).To(Equal("sid"))
			Expect(status.TokenExpirationTime.Sub(status.StartedTime.Time)).To(Equal(24 * time.Hour))
			left[r.Outcome] = status.TokenExpirationTime.Sub(now)
		}
		Expect(left).To(HaveLen(2))
		Expect(left[outcomeTokenStopped]).To(BeNumerically("~", time.Hour+5*time.Second, 5*time.Second))
		Expect(left[outcomeTokenReplaced]).To(BeNumerically("~", 2*time.Hour+5*time.Second, 5*time.Second))
	})

	It("creates schedules, edits them, kills the leader around an occurrence, and suspends them in the end", func() {
		kinds, last := map[string]bool{}, map[int]string{}
		for _, s := range New(options).Steps {
			kinds[s.Action.String()] = true
			if s.Action.Kind == DoPatchSchedule || s.Action.Kind == DoOnceMade {
				last[s.Action.Recording.Index] = s.Action.String()
			}
		}
		Expect(kinds).To(And(HaveKey("schedule created"), HaveKey(HavePrefix("schedule edited: ")), HaveKey("leader killed, around an occurrence")))
		Expect(last).NotTo(BeEmpty())
		Expect(last).To(HaveEach("schedule suspended, once an occurrence was made"))
	})

	It("knows the schedule of an occurrence by its name", func() {
		name := OccurrenceName("recording-0012", time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC))
		Expect(name).To(Equal("recording-0012-202603010905"))
		Expect(ScheduleOf(name)).To(Equal("recording-0012"))
		Expect(ScheduleOf("recording-0012")).To(Equal("recording-0012"))
	})

	It("makes as many starts as it is asked for", func() {
		made := New(Options{Seed: 7, Starts: 100, Duration: 20 * time.Second})
		stopped := 0
		for _, l := range made.Recordings {
			Expect(l.Starts).To(BeTrue())
			if l.Outcome == outcomeStopStarting || l.Outcome == outcomeDeleteStarting {
				stopped++
			}
		}
		Expect(len(made.Recordings) - stopped).To(Equal(105))
	})

	DescribeTable("moves no recording that is also said not to be found", func(starts int) {
		moved, unfound := map[int]bool{}, map[int]bool{}
		for _, s := range New(Options{Seed: 7, Recordings: 400, Starts: starts, Duration: time.Minute}).Steps {
			planned := s.Action
			if planned.Kind == DoOnceBegun {
				planned = *planned.Then
			}
			switch planned.Kind {
			case DoLoseWorker:
				moved[planned.Recording.Index] = true
			case DoBreakCalls:
				if planned.row.isNotFound() {
					Expect(planned.Recording.Options.CName).NotTo(BeEmpty())
					unfound[planned.Recording.Index] = true
				}
			default:
			}
		}
		Expect(moved).NotTo(BeEmpty())
		Expect(unfound).NotTo(BeEmpty())
		for index := range unfound {
			Expect(moved).NotTo(HaveKey(index))
		}
	},
		Entry("while they last", 0),
		Entry("while many are started", 400),
	)

	It("breaks nothing for longer than a lease where there is no time for that", func() {
		made := New(options)
		Expect(made.Trials.Steps).To(BeEmpty())
		for _, s := range made.Steps {
			Expect(s.Action.String()).NotTo(ContainSubstring("for longer than the lease"))
		}
	})

	Describe("of a minute and more", func() {
		options := Options{Seed: 7, Recordings: 40, Duration: time.Minute}

		It("has what lasts long, and what grows large", func() {
			kinds := map[string]bool{}
			for _, s := range New(options).Steps {
				kinds[s.Action.String()] = true
			}
			Expect(kinds).To(And(
				HaveKey("API server away for longer than the lease"), HaveKey("all replicas cut off from the API server for longer than the lease"),
				HaveKey("leader cut off from the API server for longer than the lease"), HaveKey("leader paused for less than its lease"),
				HaveKey("object filled up to etcd's limit, and object set to Stopped"), HaveKey("notifications of many uids and push addresses, once it was started"),
				HaveKey("object created with a hundred sessions"), HaveKey("channel left by all in further sessions"),
			))
		})

		It("stops some recordings just before the API server is away, and has Agora answer meanwhile", func() {
			made := New(options)
			var outages []time.Duration
			stopped := map[int]time.Duration{}
			for _, s := range made.Steps {
				switch planned := s.Action; planned.Kind {
				case DoRestartAPI:
					if planned.Lasts > LeaseDuration {
						outages = append(outages, s.At)
					}
				case DoCutOff:
					Expect(planned.Lasts).To(BeNumerically(">", LeaseDuration))
					if planned.How == AllReplicas {
						outages = append(outages, s.At)
					}
				case DoPatch:
					if planned.Name == nameStopped && planned.Recording.Outcome == outcomeStopCutOff {
						stopped[planned.Recording.Index] = s.At
					}
				default:
				}
			}
			Expect(stopped).NotTo(BeEmpty())
			for _, l := range made.All() {
				if l.Outcome == outcomeStopCutOff {
					Expect(l.Options).To(And(HaveField("AvFileType", ContainElement("mp4")), HaveField("NothingRecorded", false)))
				}
			}
			for _, at := range stopped {
				Expect(outages).To(ContainElement(And(BeNumerically(">=", at), BeNumerically("<=", at+time.Second))))
			}
		})

		It("has sizes, sessions and shards where they can be", func() {
			for _, l := range New(options).Recordings {
				switch {
				case l.Outcome.isOfShards():
					Expect(AccountOf(l.Place.Account).Share * len([]Shard{ShardMain, ShardOther})).To(BeNumerically("<=", AccountOf(l.Place.Account).Limit))
				case l.Outcome.isOfSize():
					Expect(l.NewObject(&v1alpha1.StorageSpec{}).Annotations).To(HaveLen(1))
				case l.Outcome == OutcomeManySessions:
					Expect(l.Starts).To(BeTrue())
				}
			}
		})
	})

	DescribeTable("ends with trials in which one thing is broken at a time", func(duration time.Duration, despites ...string) {
		made := New(Options{Seed: 7, Recordings: 40, Duration: duration}).Trials
		tried := map[string]int{}
		for _, s := range made.Steps {
			Expect(s.At).To(BeNumerically("<", made.Lasts))
			planned := s.Action
			if planned.Kind == DoFill {
				planned = *planned.Then
			}
			if planned.Kind == DoInTime {
				tried[planned.Despite]++
			}
		}
		Expect(tried).To(HaveLen(len(despites)))
		for _, despite := range despites {
			Expect(tried).To(HaveKeyWithValue(despite, BeNumerically(">=", trialStops)))
		}
	},
		Entry("of a minute", time.Minute, "though its status cannot be written", "though one of two endpoints answers with a gateway's page"),
		Entry("of some minutes", 5*time.Minute, "though its status cannot be written", "though one of two endpoints answers with a gateway's page",
			"though one of two endpoints never answers"),
	)

	It("keeps the trials apart from what is planned before", func() {
		made := New(Options{Seed: 7, Recordings: 40, Duration: time.Minute})
		Expect(made.ByChannel()).To(HaveLen(len(made.Recordings) + len(made.Trials.Recordings)))
	})

	It("has clocks of Agora's be off in both directions", func() {
		offsets := map[time.Duration]int{}
		for _, l := range New(options).Recordings {
			offsets[l.Options.ClockOffset.Duration]++
		}
		Expect(offsets).To(And(HaveKey(-5*time.Second), HaveKey(5*time.Second), HaveKey(time.Duration(0))))
	})

	It("does nothing before its beginning or after its end", func() {
		for _, s := range New(options).Steps {
			Expect(s.At).To(And(BeNumerically(">=", 0), BeNumerically("<", options.Duration+5*time.Second)))
		}
	})
})

// outline formats a plan, so that plans can be compared.
func outline(p Plan) []string {
	var lines []string
	for _, r := range p.Recordings {
		options, err := json.Marshal(r.Options)
		Expect(err).NotTo(HaveOccurred())
		lines = append(lines, fmt.Sprint(r.Object(), r.Outcome, r.Starts, r.Stored, r.asyncStop, string(options)))
	}
	for _, s := range p.Steps {
		lines = append(lines, fmt.Sprint(s.At, s.Action.String()))
	}
	return lines
}

var _ = Describe("The error table", func() {
	It("never lets the operator conclude an end that was none", func() {
		for _, r := range errorTable() {
			concludes := r.message == "" && r.status < 300 && r.code != 65 || r.code == 49 || r.code == 50 || r.code == 435
			Expect(r.acts || !concludes).To(BeTrue(), r.name)
		}
	})

	It("never says that nothing was started when something was", func() {
		for _, r := range startRows() {
			leavesOpen := r.code == codeAlreadyStarted || r.code == codeTimeout || r.code == codeNotCompleted
			Expect(leavesOpen || !r.acts).To(BeTrue(), r.name)
		}
	})
})
