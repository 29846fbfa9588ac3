// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
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

	It("holds every fate, and every kind of disturbance, however short it is", func() {
		made := newPlan(options)
		fated := map[fate]bool{}
		for _, l := range made.lessons {
			fated[l.fate] = true
		}
		Expect(fated).To(HaveLen(len(options.fates())))
		kinds := map[string]bool{}
		for _, s := range made.steps {
			kinds[s.action.kind()] = true
		}
		Expect(kinds).To(And(
			HaveKey("Agora restarted"), HaveKey("account used by others"), HaveKey("recorder moved to another server"),
			HaveKey("leader paused past its lease"), HaveKey("all replicas killed"), HaveKey("API server restarted"),
			HaveKey("API server: 409 to a write"), HaveKey("API server: 429 to a write"), HaveKey("API server: 500 to a write"),
			HaveKey("API server: write whose answer is lost"), HaveKey("API server: cut connections"), HaveKey("API server: slow answer"),
			HaveKey("credentials rotated"), HaveKey("namespace deleted"), HaveKey("bucket: 503"), HaveKey("bucket: 403"),
		))
	})

	It("starts a good part of its recordings in all modes, and has as much go wrong", func() {
		made := newPlan(options)
		modes, kinds := map[string]int{}, map[string]bool{}
		for _, l := range made.lessons {
			if l.starts {
				modes[l.options.Mode]++
			}
		}
		for _, s := range made.steps {
			kinds[s.action.kind()] = true
		}
		Expect(modes).To(HaveLen(3))
		Expect(modes["mix"] + modes["web"] + modes["individual"]).To(BeNumerically(">=", options.recordings/3))
		Expect(kinds).To(HaveKey(HavePrefix("operator killed")))
		Expect(kinds).To(HaveKey(MatchRegexp("^Secret (token|bucket-writer) ")))
	})

	It("makes as many starts as it is asked for", func() {
		made := newPlan(planOptions{seed: 7, starts: 100, duration: 20 * time.Second})
		stopped := 0
		for _, l := range made.lessons {
			Expect(l.starts).To(BeTrue())
			if l.fate == fateStopStarting || l.fate == fateDeleteStarting {
				stopped++
			}
		}
		Expect(len(made.lessons) - stopped).To(Equal(105))
	})

	DescribeTable("moves no recording that is also said not to be found", func(starts int) {
		moved, unfound := map[int]bool{}, map[int]bool{}
		for _, s := range newPlan(planOptions{seed: 7, recordings: 400, starts: starts, duration: time.Minute}).steps {
			planned := s.action
			if once, ok := planned.(onceBegun); ok {
				planned = once.action
			}
			switch planned := planned.(type) {
			case loseWorker:
				moved[planned.lesson.index] = true
			case callFault:
				if planned.row.isNotFound() {
					Expect(planned.lesson.options.CName).NotTo(BeEmpty())
					unfound[planned.lesson.index] = true
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

	It("does nothing before its beginning or after its end", func() {
		for _, s := range newPlan(options).steps {
			Expect(s.at).To(And(BeNumerically(">=", 0), BeNumerically("<", options.duration+5*time.Second)))
		}
	})
})

// outline writes a plan down, such that plans can be compared.
func outline(p plan) []string {
	var lines []string
	for _, l := range p.lessons {
		options, err := json.Marshal(l.options)
		Expect(err).NotTo(HaveOccurred())
		lines = append(lines, fmt.Sprint(l.object(), l.fate, l.starts, l.stored, l.asyncStop, string(options)))
	}
	for _, s := range p.steps {
		lines = append(lines, fmt.Sprint(s.at, s.action.kind()))
	}
	return lines
}

var _ = Describe("The error table", func() {
	It("never lets the operator conclude an end that was none", func() {
		for _, r := range errorTable() {
			concludes := r.message == "" && r.status < 300 && r.code != 65 || r.code == 49 || r.code == 50 || r.code == codeNoRecordedData
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
