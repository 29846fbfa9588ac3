// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"cloudrecording.dev/operator/hack/testenv"
)

// fleet are the replicas of the operator.
type fleet struct {
	binary, kubeconfig, folder string
	// arguments are the flags that all operators have.
	arguments []string
	replicas  []*replica
	// started counts the processes.
	started atomic.Int64
}

// endpointsEach is how many addresses of Agora's each replica has.
const endpointsEach = 2

// add adds a replica, which does not run yet.
func (f *fleet) add(ctx context.Context, of shard, agoraProxy *agoraProxy) (err error) {
	r := &replica{fleet: f, index: len(f.replicas), shard: of}
	for range endpointsEach {
		e, err := newEndpoint(agoraProxy, r)
		if err != nil {
			return err
		}
		r.endpoints = append(r.endpoints, e)
	}
	r.receiver, err = testenv.FreeAddress(ctx)
	f.replicas = append(f.replicas, r)
	return err
}

// run runs all replicas until the context ends. What it returns gets one value,
// when they have ended.
func (f *fleet) run(ctx context.Context) <-chan error {
	ended := make(chan error, 1)
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range f.replicas {
		group.Go(func() error { return r.run(ctx) })
	}
	go func() { ended <- group.Wait() }()
	return ended
}

const operatorTimeout = time.Minute

// await waits until every replica runs.
func (f *fleet) await(ctx context.Context) error {
	isAway := func(r *replica) bool { _, operator := r.running(); return operator == nil }
	if !until(ctx, operatorTimeout, userRetry, func() bool { return !slices.ContainsFunc(f.replicas, isAway) }) {
		return errors.New("not all replicas run: see their logs")
	}
	return nil
}

// of returns the replicas of a shard.
func (f *fleet) of(which shard) []*replica {
	return slices.DeleteFunc(slices.Clone(f.replicas), func(r *replica) bool { return r.shard != which })
}

// chosen returns the replicas that are chosen, by what Agora was asked.
func (f *fleet) chosen(who way, answers []answer) []*replica {
	switch who {
	case allReplicas:
		return f.replicas
	case ofAnotherShard:
		return f.of(shardOther)
	}
	last := map[int]time.Time{}
	for _, a := range answers {
		if a.arrived.After(last[a.process]) {
			last[a.process] = a.arrived
		}
	}
	// Whoever has asked Agora last leads.
	main := f.of(shardMain)
	slices.SortStableFunc(main, func(a, b *replica) int { return last[b.number()].Compare(last[a.number()]) })
	if who == leader {
		return main[:1]
	}
	return main[1:2]
}

// processes returns all that were run.
func (f *fleet) processes() []process {
	var all []process
	for _, r := range f.replicas {
		r.change(func() {
			for _, p := range r.processes {
				all = append(all, *p)
			}
		})
	}
	return all
}

// recover has all endpoints answer again.
func (f *fleet) recover() error { return each(f.endpoints(), (*endpoint).recover) }

// close closes the endpoints of all replicas.
func (f *fleet) close() error { return each(f.endpoints(), (*endpoint).close) }

func (f *fleet) endpoints() []*endpoint {
	var all []*endpoint
	for _, r := range f.replicas {
		all = append(all, r.endpoints...)
	}
	return all
}

// each does something to endpoints, also after one where that fails.
func each(endpoints []*endpoint, do func(*endpoint) error) (err error) {
	for _, e := range endpoints {
		err = errors.Join(err, do(e))
	}
	return err
}

// operatorFlags are the flags that all operators have, with where the bucket is.
func operatorFlags(bucketURL string) []string {
	return []string{
		"--leader-elect", "--leader-election-namespace=" + operatorNamespace,
		fmt.Sprintf("--leader-election-lease-duration=%s", leaseDuration),
		fmt.Sprintf("--leader-election-renew-deadline=%s", renewDeadline),
		fmt.Sprintf("--leader-election-retry-period=%s", retryPeriod),
		"--notifications-namespace=" + operatorNamespace,
		"--allowed-storage-endpoints=" + bucketURL,
		"--zap-log-level=debug", "--zap-time-encoding=rfc3339nano",
		// These go with the speed.
		fmt.Sprintf("--poll-interval=%s", pollInterval/speed),
		fmt.Sprintf("--not-found-grace=%s", notFoundGrace/speed),
		fmt.Sprintf("--upload-recheck-min=%s", soonestRecheck/speed),
		fmt.Sprintf("--upload-recheck-max=%s", latestRecheck/speed),
		fmt.Sprintf("--upload-settle-time=%s", settleTime/speed),
		"--allow-unsafe-timings",
	}
}
