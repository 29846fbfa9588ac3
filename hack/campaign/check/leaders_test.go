// SPDX-License-Identifier: Apache-2.0

package check

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/campaign/record"
)

var _ = Describe("The check of leaders", func() {
	var r *record.Records

	BeforeEach(func() { r = fine() })

	It("finds a request of a process that has lost its lease to another", func() {
		r.Answers[1].Arrived, r.Answers[1].Answered = after(401), after(450)
		broken(checkLeaders(newJudge(r)), "Process 1 asked for start of "+startedChannel+" at 12:00:00.401, and process 2 had led since 12:00:00.400")
	})

	It("finds a request of a process that has released its lease", func() {
		r.Leases[1] = record.LeaseWrite{Process: 1, Lease: "shard", At: after(105)}
		broken(checkLeaders(newJudge(r)), "had released the lease at 12:00:00.105")
	})

	It("finds a request of a process that never led", func() {
		r.Answers[1].Process = 3
		broken(checkLeaders(newJudge(r)), "had never led")
	})

	It("tells the leaders of several shards apart", func() {
		r.Leases[2].Lease = "another"
		r.Answers[1].Arrived, r.Answers[1].Answered = after(401), after(450)
		excused(checkLeaders(newJudge(r)))
	})

	It("excuses a request that may have arrived before", func() {
		r.Answers[1].Arrived, r.Answers[1].Answered = after(405), after(450)
		r.Stalls = []record.Span{{Begin: after(395), End: after(406)}}
		excused(checkLeaders(newJudge(r)))
	})

	It("has proved nothing where no leader changed", func() {
		r.Leases = r.Leases[:2]
		Expect(checkLeaders(newJudge(r)).Holds()).To(BeFalse())
	})

	DescribeTable("finds what is asked for again though it was answered", func(answer int, method string) {
		again := r.Answers[answer]
		again.Process, again.Arrived, again.Answered = 2, after(500), after(510)
		r.Answers = append(r.Answers, again)
		found := checkLeaders(newJudge(r))
		Expect(found.Violations).To(ConsistOf(And(HavePrefix("Process 2 asked for "+method), ContainSubstring("which process 1 had been answered"))))

		By("allowing it where the answer could not be kept")
		r.Processes[0].End, r.Processes[0].Ended = record.EndKilled, after(220)
		excused(checkLeaders(newJudge(r)))

		By("allowing it where the answer was cut off")
		r.Processes[0] = record.Process{Number: 1}
		r.Answers[answer].Whole = false
		excused(checkLeaders(newJudge(r)))
	},
		Entry("a stop", 0, faults.MethodStop),
		Entry("a start", 1, faults.MethodStart),
	)

	It("allows a stop of what a query has shown to record since", func() {
		again, query := r.Answers[0], r.Answers[0]
		again.Arrived, again.Answered = after(390), after(395)
		query.Method, query.Arrived, query.Answered = faults.MethodQuery, after(300), after(310)
		query.Body = []byte(`{"serverResponse":{"status":6}}`)
		r.Answers = append(r.Answers, query, again)
		broken(checkLeaders(newJudge(r)), "asked for stop of team-a/stopped again")
		r.Answers[2].Body = []byte(`{"serverResponse":{"status":5}}`)
		excused(checkLeaders(newJudge(r)))
	})
})
