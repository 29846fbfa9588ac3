// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// plan is what is to happen, and when. It follows from its options alone.
type plan struct {
	recordings []recordingPlan
	steps      []step
	// trials come after the steps.
	trials trials
}

// step is something that happens at a time.
type step struct {
	at     time.Duration
	action action
}

// planOptions say how large a campaign is.
type planOptions struct {
	seed       uint64
	recordings int
	duration   time.Duration
	// starts is how many recordings are to be started, in place of recordings, and
	// stopped soon after; zero for a campaign of all kinds.
	starts int
}

// fewestStarts are enough for something to go wrong.
const fewestStarts = 50

// shortestDuration leaves room for what the plan puts one after the other.
const shortestDuration = 15 * time.Second

func (o planOptions) validate() error {
	switch {
	case o.starts < 0, o.starts > 0 && o.starts < fewestStarts:
		return fmt.Errorf("--starts must be at least %d", fewestStarts)
	case o.starts == 0 && o.recordings < len(o.outcomes()):
		return fmt.Errorf("--recordings must be at least %d, one for everything that may become of one", len(o.outcomes()))
	case o.duration < shortestDuration:
		return fmt.Errorf("--duration must be at least %s", shortestDuration)
	}
	return nil
}

// newPlan draws a plan.
func newPlan(o planOptions) plan {
	// It must be the same for the same seed.
	random := rand.New(rand.NewPCG(o.seed, 0))
	p := &planner{options: o, random: random}
	p.planOutages()
	// Some are taken back before they have begun.
	wanted := o.starts + o.starts/20
	for i, starts := 0, 0; i < o.recordings || starts < wanted; i++ {
		r := newRecordingPlan(random, i, o)
		p.recordings = append(p.recordings, r)
		p.live(r)
		if r.outcome != outcomeStopStarting && r.outcome != outcomeDeleteStarting {
			starts++
		}
	}
	p.disturbAgora()
	p.disturbOperators()
	p.disturbAPIServer()
	p.disturbSecrets()
	p.often(5*time.Second, func(at time.Duration) { p.at(at, p.notificationFault(recordingPlan{})) })
	p.disturbBucket()
	p.at(p.share(0.6, 0.7), action{deed: doDeleteNamespace, of: namespaceGone})
	p.trials = p.planTrials(len(p.recordings))
	inOrder(p.steps)
	inOrder(p.trials.steps)
	return p.plan
}

func inOrder(steps []step) {
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
}

// all returns the recordings, those of the trials too.
func (p plan) all() []recordingPlan { return slices.Concat(p.recordings, p.trials.recordings) }

// byChannel returns the recordings by the names of their channels.
func (p plan) byChannel() map[string]recordingPlan {
	recordings := map[string]recordingPlan{}
	for _, l := range p.all() {
		recordings[l.options.CName] = l
	}
	return recordings
}

// planner draws a plan.
type planner struct {
	plan
	options planOptions
	random  *rand.Rand
	// outages are when the API server will be away for longer than a lease.
	outages []time.Duration
}

func (p *planner) at(t time.Duration, a action) { p.steps = append(p.steps, step{t, a}) }

// share draws a time between two shares of the duration.
func (p *planner) share(from, to float64) time.Duration {
	whole := float64(p.options.duration)
	return between(p.random, time.Duration(from*whole), time.Duration(to*whole))
}

// often does something once in each interval, and once at least, at random times.
func (p *planner) often(interval time.Duration, do func(at time.Duration)) {
	times := max(1, int(p.options.duration/interval))
	for range times {
		do(p.share(0.1, 0.95))
	}
}

// one draws one of several.
func one[C any](random *rand.Rand, choices []C) C { return choices[random.IntN(len(choices))] }

// weighted is a choice with its weight.
type weighted[C any] struct {
	choice C
	weight int
}

func pick[C any](random *rand.Rand, choices ...weighted[C]) C {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	n := random.IntN(total)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.choice
		}
	}
	return choices[0].choice
}

// between draws a duration.
func between(random *rand.Rand, from, to time.Duration) time.Duration {
	if to <= from {
		return from
	}
	return from + time.Duration(random.Int64N(int64(to-from)))
}
