// SPDX-License-Identifier: Apache-2.0

package main

import "time"

// disturbAgora plans what goes wrong at Agora for everybody.
func (p *planner) disturbAgora() {
	p.often(40*time.Second, func(at time.Duration) {
		p.at(at, restartAgora{between(p.random, 0, 3*time.Second)})
	})
	p.often(12*time.Second, func(at time.Duration) {
		p.at(at, breakEndpoints{
			replica: p.random.IntN(len(replicas())), which: one(p.random, []endpointChoice{endpointFirst, endpointFirst, endpointAll}),
			how:   one(p.random, []endpointFailure{endpointRefuses, endpointHangs}),
			lasts: between(p.random, time.Second, 6*time.Second),
		})
	})
	p.often(20*time.Second, func(at time.Duration) {
		// Of two endpoints one alone, since all would be an Agora that is away.
		p.at(at, breakEndpoints{
			replica: p.random.IntN(len(replicas())), which: endpointInUse, how: endpointPages, lasts: between(p.random, 2*time.Second, 8*time.Second),
		})
	})
	p.often(15*time.Second, func(at time.Duration) {
		p.at(at, otherClients{account: "delta", perSecond: 5 + p.random.IntN(10), lasts: between(p.random, 2*time.Second, 6*time.Second)})
	})
	p.often(3*time.Second, func(at time.Duration) {
		p.at(at, p.callFault(recordingPlan{}, allCalls))
	})
}

// disturbOperators plans what happens to the operator's processes.
func (p *planner) disturbOperators() {
	interval, rare := 20*time.Second, 45*time.Second
	if p.options.starts > 0 {
		// Others are killed while they start a recording.
		interval, rare = time.Minute, 100*time.Second
	}
	p.often(interval, func(at time.Duration) {
		p.at(at, endOperators{p.drawReplica(), blowKilled, between(p.random, 0, 2*time.Second)})
	})
	p.often(100*time.Second, func(at time.Duration) { p.at(at, endOperators{chosenAll, blowKilled, 0}) })
	p.often(60*time.Second, func(at time.Duration) { p.at(at, endOperators{chosenOtherShard, blowKilled, 0}) })
	p.often(rare, func(at time.Duration) {
		p.at(at, endOperators{chosenLeader, blowPaused, leaseDuration + between(p.random, time.Second, 4*time.Second)})
	})
	p.often(interval+5*time.Second, func(at time.Duration) { p.at(at, endOperators{p.drawReplica(), blowTerminated, 0}) })
}

// drawReplica draws whom something happens to: mostly the leader.
func (p *planner) drawReplica() replicaChoice {
	return one(p.random, []replicaChoice{chosenOther, chosenLeader, chosenLeader})
}

// disturbAPIServer plans what goes wrong between the operators and the API
// server, and with that itself.
func (p *planner) disturbAPIServer() {
	p.often(60*time.Second, func(at time.Duration) {
		p.at(at, restartAPIServer{between(p.random, 0, 3*time.Second)})
	})
	// Without a leader nothing happens that could go wrong, so it is away for long
	// but rarely: see planOutages.
	for _, effect := range []effect{effectSlow, effectConflict, effectTooMany, effectFailure, effectLost} {
		p.often(5*time.Second, func(at time.Duration) {
			p.at(at, requestFault{
				server: serverAPI, effect: effect,
				resource: one(p.random, []string{"", "cloudrecordings", "cloudrecordings", "configmaps"}),
				delay:    between(p.random, 0, 3*time.Second), times: 1 + p.random.IntN(8),
			})
		})
		// Without a leader nothing happens that could go wrong.
		p.often(80*time.Second, func(at time.Duration) {
			p.at(at, requestFault{server: serverAPI, effect: effect, resource: leases, delay: time.Second, times: 1 + p.random.IntN(2)})
		})
	}
	p.often(15*time.Second, func(at time.Duration) { p.at(at, requestFault{server: serverAPI, effect: effectCut, times: 1}) })
}

// disturbSecrets plans what happens to credentials.
func (p *planner) disturbSecrets() {
	p.often(15*time.Second, func(at time.Duration) {
		damages := []damage{damageGone, damageEmpty, damageLacking}
		if p.options.hasMinutes() || p.options.starts > 0 {
			damages = append(damages, damageWrong)
		}
		namespace := one(p.random, p.options.places()).secret.namespace
		secret := object{namespace, one(p.random, []string{tokenSecret, writerSecret})}
		p.at(at, newBreakSecret(secret, one(p.random, damages), between(p.random, time.Second, 4*time.Second)))
	})
	p.often(30*time.Second, func(at time.Duration) {
		a := one(p.random, accounts())
		p.at(at, rotateSecret{of: one(p.random, a.customers), after: between(p.random, 0, 2*time.Second)})
	})
	p.often(40*time.Second, func(at time.Duration) {
		p.at(at, rotateSecret{one(p.random, accounts()).name, between(p.random, 0, time.Second), true})
	})
	p.often(30*time.Second, func(at time.Duration) {
		secret := one(p.random, places()).secret
		p.at(at, newBreakSecret(secret, one(p.random, []damage{damageGone, damageEmpty}), between(p.random, time.Second, 5*time.Second)))
	})
}

// disturbBucket plans what goes wrong with the bucket.
func (p *planner) disturbBucket() {
	for _, effect := range []effect{effectUnavailable, effectForbidden, effectDrop, effectSlow} {
		p.often(10*time.Second, func(at time.Duration) {
			p.at(at, requestFault{server: serverBucket, effect: effect, delay: between(p.random, 0, 4*time.Second), times: 1 + p.random.IntN(10)})
		})
	}
}
