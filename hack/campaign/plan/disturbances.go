// SPDX-License-Identifier: Apache-2.0

package plan

import "time"

// disturbAgora plans the faults at Agora that affect every recording.
func (p *planner) disturbAgora() {
	p.often(40*time.Second, func() Action { return Action{Kind: DoRestartAgora, Lasts: between(p.random, 0, 3*time.Second)} })
	p.often(12*time.Second, func() Action {
		return Action{
			Kind: DoBreakEndpoints, Replica: p.random.IntN(len(Replicas())), Of: one(p.random, []string{FirstEndpoint, FirstEndpoint, AllEndpoints}),
			How: one(p.random, []Variant{Refusing, Hanging}), Lasts: between(p.random, time.Second, 6*time.Second),
		}
	})
	p.often(20*time.Second, func() Action {
		// Only one of the two endpoints fails, because otherwise Agora would be down.
		return Action{
			Kind: DoBreakEndpoints, Replica: p.random.IntN(len(Replicas())), Of: EndpointInUse, How: Paging, Lasts: between(p.random, 2*time.Second, 8*time.Second),
		}
	})
	p.often(15*time.Second, func() Action {
		return Action{Kind: DoUseAccount, Of: "delta", Times: 5 + p.random.IntN(10), Lasts: between(p.random, 2*time.Second, 6*time.Second)}
	})
	p.often(3*time.Second, func() Action { return p.callFault(Recording{}, allCalls) })
}

// disturbOperators plans the disturbances of the operator's processes.
func (p *planner) disturbOperators() {
	interval, rare := 20*time.Second, 45*time.Second
	if p.options.Starts > 0 {
		// Further operators are killed while they start a recording.
		interval, rare = time.Minute, 100*time.Second
	}
	mostlyLeader := func() Variant { return one(p.random, []Variant{otherReplica, Leader, Leader}) }
	p.often(interval, func() Action {
		return Action{Kind: DoKill, How: mostlyLeader(), Lasts: between(p.random, 0, 2*time.Second)}
	})
	p.often(100*time.Second, func() Action { return Action{Kind: DoKill, How: AllReplicas} })
	p.often(60*time.Second, func() Action { return Action{Kind: DoKill, How: OfAnotherShard} })
	p.often(rare, func() Action {
		return Action{Kind: DoPause, How: Leader, Lasts: LeaseDuration + between(p.random, time.Second, 4*time.Second)}
	})
	p.often(rare, func() Action {
		return Action{Kind: DoPause, Name: "paused for less than its lease", How: Leader, Lasts: between(p.random, time.Second, LeaseDuration)}
	})
	if p.options.hasRoom() {
		p.often(rare, func() Action { return Action{Kind: DoCutOff, How: Leader, Lasts: p.outage()} })
	}
	p.often(interval+5*time.Second, func() Action { return Action{Kind: DoTerminate, How: mostlyLeader()} })
}

// disturbAPIServer plans faults of the API server, and of the operators' connections to it.
func (p *planner) disturbAPIServer() {
	p.often(60*time.Second, func() Action { return restartAPIServer(between(p.random, 0, 3*time.Second)) })
	// Without a leader, nothing happens that could go wrong. So long outages are rare (see
	// planOutages), and so are faults of the lease.
	for _, how := range []Variant{Slow, Conflict, TooMany, Failure, Lost} {
		p.often(5*time.Second, func() Action {
			part := one(p.random, []string{"", "cloudrecordings", "cloudrecordings", "configmaps"})
			return Action{Kind: DoBreakAPI, How: how, Of: part, Lasts: between(p.random, 0, 3*time.Second), Times: 1 + p.random.IntN(8)}
		})
		p.often(80*time.Second, func() Action {
			return Action{Kind: DoBreakAPI, Name: "API server, of the lease", How: how, Of: Leases, Lasts: time.Second, Times: 1 + p.random.IntN(2)}
		})
	}
	p.often(15*time.Second, func() Action { return Action{Kind: DoBreakAPI, How: Cut, Times: 1} })
}

// disturbSecrets plans the faults of credentials.
func (p *planner) disturbSecrets() {
	damages := []Variant{Removed, Emptied, Lacking}
	if p.options.hasMinutes() || p.options.Starts > 0 {
		damages = append(damages, Wrong)
	}
	p.often(15*time.Second, func() Action {
		namespace := one(p.random, p.options.places()).Secret.Namespace
		secret := Object{namespace, one(p.random, []string{TokenSecret, WriterSecret})}
		return damageSecret(secret, one(p.random, damages), between(p.random, time.Second, 4*time.Second))
	})
	p.often(15*time.Second, func() Action {
		secret := Object{one(p.random, placesOf(certified)).Secret.Namespace, CertificateSecret}
		return damageSecret(secret, one(p.random, damages), between(p.random, time.Second, 4*time.Second))
	})
	p.often(30*time.Second, func() Action {
		a := one(p.random, Accounts())
		return Action{Kind: DoRotateCustomer, Of: one(p.random, a.Customers), After: between(p.random, 0, 2*time.Second)}
	})
	p.often(40*time.Second, func() Action {
		return Action{Kind: DoRotateReceiver, Of: one(p.random, Accounts()).Name, After: between(p.random, 0, time.Second)}
	})
	p.often(30*time.Second, func() Action {
		secret := one(p.random, places()).Secret
		return damageSecret(secret, one(p.random, []Variant{Removed, Emptied}), between(p.random, time.Second, 5*time.Second))
	})
}

// disturbBucket plans the faults of the bucket.
func (p *planner) disturbBucket() {
	for _, how := range []Variant{Unavailable, Forbidden, Dropped, Slow} {
		p.often(10*time.Second, func() Action {
			return Action{Kind: DoBreakBucket, How: how, Lasts: between(p.random, 0, 4*time.Second), Times: 1 + p.random.IntN(10)}
		})
	}
}
