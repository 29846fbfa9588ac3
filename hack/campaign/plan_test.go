// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
)

var _ = Describe("A plan", func() {
	options := planOptions{seed: 7, recordings: 40, duration: 20 * time.Second}

	It("follows from its seed alone", func() {
		Expect(outline(newPlan(options))).To(Equal(outline(newPlan(options))))
	})

	It("is another for another seed", func() {
		other := options
		other.seed++
		Expect(outline(newPlan(options))).NotTo(Equal(outline(newPlan(other))))
	})

	It("holds every outcome, and every kind of disturbance, however short it is", func() {
		made := newPlan(options)
		planned := map[outcome]bool{}
		for _, l := range made.recordings {
			planned[l.outcome] = true
		}
		Expect(planned).To(HaveLen(len(options.outcomes())))
		kinds := map[string]bool{}
		for _, s := range made.steps {
			kinds[s.action.String()] = true
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
		made := newPlan(options)
		modes, kinds := map[string]int{}, map[string]bool{}
		for _, l := range made.recordings {
			if l.starts {
				modes[l.options.Mode]++
			}
		}
		for _, s := range made.steps {
			kinds[s.action.String()] = true
		}
		Expect(modes).To(HaveLen(3))
		Expect(modes["mix"] + modes["web"] + modes["individual"]).To(BeNumerically(">=", options.recordings/3))
		Expect(kinds).To(HaveKey(HavePrefix("operator killed")))
		Expect(kinds).To(HaveKey(MatchRegexp("^Secret (token|bucket-writer) ")))
	})

	It("makes as many starts as it is asked for", func() {
		made := newPlan(planOptions{seed: 7, starts: 100, duration: 20 * time.Second})
		stopped := 0
		for _, l := range made.recordings {
			Expect(l.starts).To(BeTrue())
			if l.outcome == outcomeStopStarting || l.outcome == outcomeDeleteStarting {
				stopped++
			}
		}
		Expect(len(made.recordings) - stopped).To(Equal(105))
	})

	DescribeTable("moves no recording that is also said not to be found", func(starts int) {
		moved, unfound := map[int]bool{}, map[int]bool{}
		for _, s := range newPlan(planOptions{seed: 7, recordings: 400, starts: starts, duration: time.Minute}).steps {
			planned := s.action
			if planned.deed == doOnceBegun {
				planned = *planned.then
			}
			switch planned.deed {
			case doLoseWorker:
				moved[planned.recording.index] = true
			case doBreakCalls:
				if planned.row.isNotFound() {
					Expect(planned.recording.options.CName).NotTo(BeEmpty())
					unfound[planned.recording.index] = true
				}
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
		made := newPlan(options)
		Expect(made.trials.steps).To(BeEmpty())
		for _, s := range made.steps {
			Expect(s.action.String()).NotTo(ContainSubstring("for longer than the lease"))
		}
	})

	Describe("of a minute and more", func() {
		options := planOptions{seed: 7, recordings: 40, duration: time.Minute}

		It("has what lasts long, and what grows large", func() {
			kinds := map[string]bool{}
			for _, s := range newPlan(options).steps {
				kinds[s.action.String()] = true
			}
			Expect(kinds).To(And(
				HaveKey("API server away for longer than the lease"), HaveKey("all replicas cut off from the API server for longer than the lease"),
				HaveKey("object filled up to etcd's limit, and object set to Stopped"), HaveKey("notifications of many uids and push addresses, once it was started"),
				HaveKey("object created with a hundred sessions"), HaveKey("channel left by all in further sessions"),
			))
		})

		It("stops some recordings just before the API server is away, and has Agora answer meanwhile", func() {
			made := newPlan(options)
			var outages []time.Duration
			stopped := map[int]time.Duration{}
			for _, s := range made.steps {
				switch planned := s.action; planned.deed {
				case doRestartAPI:
					if planned.lasts > leaseDuration {
						outages = append(outages, s.at)
					}
				case doCutOff:
					Expect(planned.lasts).To(BeNumerically(">", leaseDuration))
					outages = append(outages, s.at)
				case doPatch:
					if planned.name == nameStopped && planned.recording.outcome == outcomeStopCutOff {
						stopped[planned.recording.index] = s.at
					}
				}
			}
			Expect(stopped).NotTo(BeEmpty())
			for _, l := range made.all() {
				if l.outcome == outcomeStopCutOff {
					Expect(l.options).To(And(HaveField("AvFileType", ContainElement("mp4")), HaveField("NothingRecorded", false)))
				}
			}
			for _, at := range stopped {
				Expect(outages).To(ContainElement(And(BeNumerically(">=", at), BeNumerically("<=", at+time.Second))))
			}
		})

		It("has sizes, sessions and shards where they can be", func() {
			for _, l := range newPlan(options).recordings {
				switch {
				case l.outcome.isOfShards():
					Expect(accountOf(l.place.account).share * len([]shard{shardMain, shardOther})).To(BeNumerically("<=", accountOf(l.place.account).limit))
				case l.outcome.isOfSize():
					Expect(l.newObject(&v1alpha1.StorageSpec{}).Annotations).To(HaveLen(1))
				case l.outcome == outcomeManySessions:
					Expect(l.starts).To(BeTrue())
				}
			}
		})
	})

	DescribeTable("ends with trials in which one thing is broken at a time", func(duration time.Duration, despites ...string) {
		made := newPlan(planOptions{seed: 7, recordings: 40, duration: duration}).trials
		tried := map[string]int{}
		for _, s := range made.steps {
			Expect(s.at).To(BeNumerically("<", made.lasts))
			planned := s.action
			if planned.deed == doFill {
				planned = *planned.then
			}
			if planned.deed == doInTime {
				tried[planned.despite]++
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
		made := newPlan(planOptions{seed: 7, recordings: 40, duration: time.Minute})
		Expect(made.byChannel()).To(HaveLen(len(made.recordings) + len(made.trials.recordings)))
	})

	It("has clocks of Agora's be off in both directions", func() {
		offsets := map[time.Duration]int{}
		for _, l := range newPlan(options).recordings {
			offsets[l.options.ClockOffset.Duration]++
		}
		Expect(offsets).To(And(HaveKey(-5*time.Second), HaveKey(5*time.Second), HaveKey(time.Duration(0))))
	})

	It("does nothing before its beginning or after its end", func() {
		for _, s := range newPlan(options).steps {
			Expect(s.at).To(And(BeNumerically(">=", 0), BeNumerically("<", options.duration+5*time.Second)))
		}
	})
})

// outline writes a plan down, such that plans can be compared.
func outline(p plan) []string {
	var lines []string
	for _, r := range p.recordings {
		options, err := json.Marshal(r.options)
		Expect(err).NotTo(HaveOccurred())
		lines = append(lines, fmt.Sprint(r.object(), r.outcome, r.starts, r.stored, r.asyncStop, string(options)))
	}
	for _, s := range p.steps {
		lines = append(lines, fmt.Sprint(s.at, s.action.String()))
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
