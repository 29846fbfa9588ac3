// SPDX-License-Identifier: Apache-2.0

// Package plan draws what is to happen in a campaign, and when. A plan follows from a seed
// alone: nothing here uses a clock or calls anything.
package plan

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Plan is what is to happen, and when. It follows from its options alone.
type Plan struct {
	Recordings []Recording
	Steps      []Step
	// Lasts is how long disturbances last.
	Lasts time.Duration
	// Trials follow the steps. They are nil in the plan of the trials.
	Trials *Plan
}

// Step is an action at a time.
type Step struct {
	At     time.Duration
	Action Action
}

// Options configure the size of a campaign.
type Options struct {
	Seed       uint64
	Recordings int
	Duration   time.Duration
	// Starts is the number of recordings to start and stop soon after, in place of Recordings.
	// It is zero in a campaign of all kinds.
	Starts int
}

// fewestStarts is enough for something to go wrong.
const fewestStarts = 50

// shortestDuration leaves room for consecutive parts of the plan.
const shortestDuration = 15 * time.Second

// Validate returns an error for invalid options.
func (o Options) Validate() error {
	switch {
	case o.Starts < 0, o.Starts > 0 && o.Starts < fewestStarts:
		return fmt.Errorf("--starts must be at least %d", fewestStarts)
	case o.Starts == 0 && o.Recordings < len(o.outcomes()):
		return fmt.Errorf("--recordings must be at least %d, one for everything that may become of one", len(o.outcomes()))
	case o.Duration < shortestDuration:
		return fmt.Errorf("--duration must be at least %s", shortestDuration)
	}
	return nil
}

// New draws a plan.
func New(o Options) Plan {
	// The plan must be the same for the same seed.
	random := rand.New(rand.NewPCG(o.Seed, 0))
	p := &planner{Plan: Plan{Lasts: o.Duration}, options: o, random: random}
	p.planOutages()
	// Some recordings are canceled before they have begun.
	wanted := o.Starts + o.Starts/20
	for i, starts := 0, 0; i < o.Recordings || starts < wanted; i++ {
		r := newRecording(random, i, o)
		p.Recordings = append(p.Recordings, r)
		p.live(r)
		if r.Outcome != outcomeStopStarting && r.Outcome != outcomeDeleteStarting {
			starts++
		}
	}
	p.disturbAgora()
	p.disturbOperators()
	p.disturbAPIServer()
	p.disturbSecrets()
	p.often(5*time.Second, func() Action { return p.notificationFault(Recording{}) })
	p.disturbBucket()
	p.at(p.share(0.6, 0.7), Action{Kind: DoDeleteNamespace, Of: NamespaceGone})
	p.Trials = p.planTrials()
	inOrder(p.Steps)
	inOrder(p.Trials.Steps)
	return p.Plan
}

func inOrder(steps []Step) {
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
}

// All returns all recordings, including those of the trials.
func (p Plan) All() []Recording { return slices.Concat(p.Recordings, p.Trials.Recordings) }

// ByChannel returns all recordings by channel name.
func (p Plan) ByChannel() map[string]Recording {
	recordings := map[string]Recording{}
	for _, r := range p.All() {
		recordings[r.Options.CName] = r
	}
	return recordings
}

// planner draws a plan.
type planner struct {
	Plan
	options Options
	random  *rand.Rand
	// outages are the times at which the API server goes away for longer than a lease.
	outages []time.Duration
}

func (p *planner) at(t time.Duration, a Action) { p.Steps = append(p.Steps, Step{t, a}) }

// share draws a time between two fractions of the duration.
func (p *planner) share(from, to float64) time.Duration {
	whole := float64(p.options.Duration)
	return between(p.random, time.Duration(from*whole), time.Duration(to*whole))
}

// often plans an action at a random time for each interval, and at least once.
func (p *planner) often(interval time.Duration, draw func() Action) {
	for range max(1, int(p.options.Duration/interval)) {
		at := p.share(0.1, 0.95)
		p.at(at, draw())
	}
}

// one draws one of several choices.
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
