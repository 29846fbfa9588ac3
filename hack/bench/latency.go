// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/faults"
)

const (
	latencyTrials = 100

	// The idle account is tried twice, neighborTrials times each: while the other account has
	// nothing to do, and while the other account has neighborWaiting recordings to stop.
	neighborTrials  = 100
	neighborWaiting = 5000

	// pollingRecordings need more polls per pollingPeriod than polling may use, which is half
	// of the account's budget. Each is still polled within two periods, so that its file list
	// stays fresh.
	pollingRecordings = 1000
	pollingPeriod     = 2 * time.Minute
	pollingTrials     = 100

	// pollingFull is half of the budget in polls per second, minus the small part that a budget
	// leaves unused.
	pollingFull = 0.95 * requestsPerSecond / 2
)

// measureLatency measures how soon a stop arrives at Agora. The floor is the time until a plain
// watch, like the operator's own, shows the change.
func measureLatency(r *run) {
	e := r.open(environmentOptions{})
	tried := e.try(e.adopt(e.accounts[0], manyRecordings("recording", r.scaled(latencyTrials), 0)), trialPause)
	r.report(tried.rows("patch to Stopped until stop arrives, account at rest", tried.watches, "floor + 20 ms")...)
	e.checkStopped()
}

// measureNeighbor measures how soon a stop arrives from an idle account while many stops wait
// in another account. The floor is the time while nothing waits.
func measureNeighbor(r *run) {
	e := r.open(environmentOptions{accounts: 2})
	busy, idle := e.accounts[0], e.accounts[1]
	waiting := e.adopt(busy, manyRecordings("waiting", r.scaled(neighborWaiting), 0))
	tried := e.adopt(idle, manyRecordings("tried", 2*r.scaled(neighborTrials), 0))
	half := len(tried) / 2
	r.say("stops while nothing waits")
	calm := e.try(tried[:half], trialPause)
	r.say("stops while the other account's wait")
	began := time.Now()
	e.stopTogether(waiting)
	meanwhile := e.try(tried[half:], trialPause)
	left := len(waiting) - (len(e.requests.since(began, "")) - half)
	r.say("%d still wait; letting them go", left)
	e.raiseLimit(busy)
	e.awaitCompleted(waiting)
	what := fmt.Sprintf("a stop on an idle account while another has %d waiting", len(waiting))
	r.report(meanwhile.rows(what, calm.reactions, "floor + 50 ms")...)
	r.report(countRow(what+": still waiting at the end", left, len(waiting), "-"))
	e.checkStopped()
}

// measurePolling measures how soon a stop arrives while polls use their full share of the
// account's budget. The floor is one turn, because a poll may just have been sent.
func measurePolling(r *run) {
	period := max(time.Duration(float64(pollingPeriod)*r.scale), 10*time.Second)
	e := r.open(environmentOptions{arguments: []string{"--poll-interval=" + period.String()}})
	recordings := e.adopt(e.accounts[0], manyRecordings("recording", r.scaled(pollingRecordings), 0))
	e.awaitPolls(pollingFull)
	tried := recordings[:r.scaled(pollingTrials)]
	r.say("stopping %d of them", len(tried))
	began := time.Now()
	// Trials begin at random times that are the same in every run.
	random := rand.New(rand.NewPCG(1, 2))
	took := e.try(tried, func() time.Duration { return time.Duration(200+random.IntN(600)) * time.Millisecond })
	polls := e.requests.since(began, faults.MethodQuery)
	const what = "a stop while polling fills its account's budget"
	r.report(took.rows(what, []time.Duration{turns(1, e.limit)}, "<= 200 ms")...)
	r.report(
		rateRow(what+": polls meanwhile", len(polls), time.Since(began), requestsPerSecond/2.0),
		countRow(what+": answered 429", e.refused(), 0, "0"),
	)
	e.checkOnlyStopped(tried)
}

// awaitPolls waits until polls have arrived at the given rate for a while, starting now.
func (e *environment) awaitPolls(perSecond float64) {
	const while = 5 * time.Second
	from := time.Now()
	e.await("polls fill their half of the budget", idleInterval, func() bool {
		polls := e.requests.since(later(from, time.Now().Add(-while)), faults.MethodQuery)
		return float64(len(polls)) >= perSecond*while.Seconds()
	})
}
