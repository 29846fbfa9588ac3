// SPDX-License-Identifier: Apache-2.0

package main

import "time"

// disturbAgora plans what goes wrong at Agora for everybody.
func (p *planner) disturbAgora() {
	p.often(40*time.Second, func(at time.Duration) {
		p.at(at, action{deed: doRestartAgora, lasts: between(p.random, 0, 3*time.Second)})
	})
	p.often(12*time.Second, func(at time.Duration) {
		p.at(at, action{
			deed: doBreakEndpoints, replica: p.random.IntN(len(replicas())), of: one(p.random, []string{firstEndpoint, firstEndpoint, allEndpoints}),
			how: one(p.random, []way{refusing, hanging}), lasts: between(p.random, time.Second, 6*time.Second),
		})
	})
	p.often(20*time.Second, func(at time.Duration) {
		// Of two endpoints one alone, since all would be an Agora that is away.
		p.at(at, action{
			deed: doBreakEndpoints, replica: p.random.IntN(len(replicas())), of: endpointInUse, how: paging, lasts: between(p.random, 2*time.Second, 8*time.Second),
		})
	})
	p.often(15*time.Second, func(at time.Duration) {
		p.at(at, action{deed: doUseAccount, of: "delta", times: 5 + p.random.IntN(10), lasts: between(p.random, 2*time.Second, 6*time.Second)})
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
		p.at(at, action{deed: doKill, how: p.drawReplica(), lasts: between(p.random, 0, 2*time.Second)})
	})
	p.often(100*time.Second, func(at time.Duration) { p.at(at, action{deed: doKill, how: allReplicas}) })
	p.often(60*time.Second, func(at time.Duration) { p.at(at, action{deed: doKill, how: ofAnotherShard}) })
	p.often(rare, func(at time.Duration) {
		p.at(at, action{deed: doPause, how: leader, lasts: leaseDuration + between(p.random, time.Second, 4*time.Second)})
	})
	p.often(interval+5*time.Second, func(at time.Duration) { p.at(at, action{deed: doTerminate, how: p.drawReplica()}) })
}

// drawReplica draws whom something happens to: mostly the leader.
func (p *planner) drawReplica() way {
	return one(p.random, []way{otherReplica, leader, leader})
}

// disturbAPIServer plans what goes wrong between the operators and the API
// server, and with that itself.
func (p *planner) disturbAPIServer() {
	p.often(60*time.Second, func(at time.Duration) {
		p.at(at, restartAPIServer(between(p.random, 0, 3*time.Second)))
	})
	// Without a leader nothing happens that could go wrong, so it is away for long
	// but rarely: see planOutages.
	for _, how := range []way{slow, conflict, tooMany, failure, lost} {
		p.often(5*time.Second, func(at time.Duration) {
			part := one(p.random, []string{"", "cloudrecordings", "cloudrecordings", "configmaps"})
			p.at(at, requestFault(apiServer, how, part, between(p.random, 0, 3*time.Second), 1+p.random.IntN(8)))
		})
		// Without a leader nothing happens that could go wrong.
		p.often(80*time.Second, func(at time.Duration) {
			p.at(at, requestFault(apiServer, how, leases, time.Second, 1+p.random.IntN(2)))
		})
	}
	p.often(15*time.Second, func(at time.Duration) { p.at(at, requestFault(apiServer, cut, "", 0, 1)) })
}

// disturbSecrets plans what happens to credentials.
func (p *planner) disturbSecrets() {
	p.often(15*time.Second, func(at time.Duration) {
		damages := []way{removed, emptied, lacking}
		if p.options.hasMinutes() || p.options.starts > 0 {
			damages = append(damages, wrong)
		}
		namespace := one(p.random, p.options.places()).secret.namespace
		secret := object{namespace, one(p.random, []string{tokenSecret, writerSecret})}
		p.at(at, damageSecret(secret, one(p.random, damages), between(p.random, time.Second, 4*time.Second)))
	})
	p.often(30*time.Second, func(at time.Duration) {
		a := one(p.random, accounts())
		p.at(at, action{deed: doRotateCustomer, of: one(p.random, a.customers), after: between(p.random, 0, 2*time.Second)})
	})
	p.often(40*time.Second, func(at time.Duration) {
		p.at(at, action{deed: doRotateReceiver, of: one(p.random, accounts()).name, after: between(p.random, 0, time.Second)})
	})
	p.often(30*time.Second, func(at time.Duration) {
		secret := one(p.random, places()).secret
		p.at(at, damageSecret(secret, one(p.random, []way{removed, emptied}), between(p.random, time.Second, 5*time.Second)))
	})
}

// disturbBucket plans what goes wrong with the bucket.
func (p *planner) disturbBucket() {
	for _, how := range []way{unavailable, forbidden, dropped, slow} {
		p.often(10*time.Second, func(at time.Duration) {
			p.at(at, requestFault(bucket, how, "", between(p.random, 0, 4*time.Second), 1+p.random.IntN(10)))
		})
	}
}
