// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

const (
	fleetRecordings = 10_000

	// fleetPeriod is the operator's default period between two polls of a recording.
	fleetPeriod = 2 * time.Minute

	// fleetWindow is how long the operator is measured. scrapeInterval is how often its metrics
	// are read in that time, as Prometheus does.
	fleetWindow    = 90 * time.Second
	scrapeInterval = 30 * time.Second

	// restartStops is the number of recordings that are set to Stopped while no operator runs.
	restartStops = 100
)

// measureFleet measures the cost of many recordings of one account, and a restart of the
// operator with all of them.
func measureFleet(r *run) {
	e := r.open(environmentOptions{})
	recordings := e.adopt(e.accounts[0], manyRecordings("recording", r.scaled(fleetRecordings), 0))
	// The changes are not needed from here on.
	e.changes.watch.Stop()
	e.endOperator()
	e.arguments = append(e.arguments, "--poll-interval="+fleetPeriod.String())
	e.startOperator()
	r.say("waiting until all are due to be polled")
	r.sleep(fleetPeriod)
	what := fmt.Sprintf("%d objects, recording", len(recordings))
	e.measureUpkeep(what, func(polls int, took time.Duration) row {
		return rateRow(what+": polls", polls, took, requestsPerSecond/2.0)
	})
	e.measureRestart(recordings)
}

// measureUpkeep measures the operator while nothing changes. rowOf makes a row from the number
// of polls that arrived at Agora.
func (e *environment) measureUpkeep(what string, rowOf func(polls int, took time.Duration) row) {
	e.awaitPolicyCheck()
	e.say("measuring the operator for %v", fleetWindow)
	before, busy, began := e.served(), e.processorTime(), time.Now()
	for range fleetWindow / scrapeInterval {
		e.sleep(scrapeInterval)
		e.operatorMetrics()
	}
	busy, took := e.processorTime()-busy, time.Since(began)
	after := e.served()
	polls := e.requests.since(began, "")
	now, peak := e.memory()
	during := fmt.Sprintf("the API server in %v", took.Round(time.Second))
	reads, writes := after.operatorRequests(readVerbs).since(before.operatorRequests(readVerbs)), after.operatorRequests(writeVerbs).since(before.operatorRequests(writeVerbs))
	e.report(slices.Concat(
		[]row{
			plainRow(what+": memory", formatSize(now), "< 150 MiB"),
			plainRow(what+": peak memory since the start", formatSize(peak), "< 150 MiB"),
			plainRow(what+": use of a core", formatShare(busy, took), "< 5 %"),
			rowOf(len(polls), took),
		},
		reads.rows(what+": reads from "+during),
		writes.rows(what+": writes to "+during),
	)...)
}

// awaitPolicyCheck waits until the operator has reported that no policies are in force, as is
// the case here. The operator checks every five seconds in its first minute, and then every ten
// minutes.
func (e *environment) awaitPolicyCheck() {
	e.await("the operator has looked for the policies", idleInterval, func() bool {
		return e.operatorMetrics().sum("cloudrecording_policies_not_in_force", nil) > 0
	})
}

// measureRestart kills the operator, sets recordings to Stopped, and measures how soon the next
// operator stops them. The new operator knows nothing of their files, so each recording needs a
// query and a stop.
func (e *environment) measureRestart(recordings []*v1alpha1.CloudRecording) {
	wanted := recordings[:min(e.scaled(restartStops), len(recordings))]
	e.operator.Kill()
	e.stopTogether(wanted)
	// Requests of the killed operator must not count against the limit.
	e.sleep(time.Second)
	e.say("starting the operator anew, with %d recordings to stop", len(wanted))
	began := time.Now()
	e.startOperator()
	missing := sidsOf(wanted)
	e.await("all are stopped", idleInterval, func() bool {
		for _, request := range e.requests.since(began, faults.MethodStop) {
			missing.Delete(request.SID)
		}
		return missing.Len() == 0
	})
	requests, stops := e.requests.since(began, ""), e.requests.since(began, faults.MethodStop)
	first, last := stops[0].Time, stops[len(stops)-1].Time
	what := fmt.Sprintf("restart with %d objects, %d to be stopped", len(recordings), len(wanted))
	e.report(
		durationRow(what+": start of the process until the first stop", first.Sub(began), turns(2, e.limit), "< 5 s"),
		durationRow(what+": start of the process until the last stop", last.Sub(began), turns(2*len(wanted), e.limit), "-"),
		countRow(what+": polls before the last stop", pollsBefore(requests, sidsOf(wanted), last), 0, "0"),
	)
	e.checkOnlyStopped(wanted)
}

// pollsBefore counts the requests for other recordings that arrived before a time.
func pollsBefore(requests []agorasim.Request, wanted sets.Set[string], end time.Time) int {
	return len(slices.DeleteFunc(slices.Clone(requests), func(r agorasim.Request) bool {
		return wanted.Has(r.SID) || !r.Time.Before(end)
	}))
}
